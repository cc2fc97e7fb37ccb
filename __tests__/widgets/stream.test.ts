// The events of a widget that comes whole or in states, next to those of the Python reference (vectors/stream.json).
import { HookEventSchema, type HookEventInput, type WidgetRoot } from '../../src/protocol';
import { clockPassed } from '../support/gate';
import { streamWidget, type StreamWidgetOptions } from '../../src/widgets/stream';
import answers from './vectors/stream.json';

interface Answer {
  events: unknown[];
  error?: string;
}
interface Case {
  name: string;
  widget?: WidgetRoot;
  states?: WidgetRoot[];
  copyText?: string;
  /** What the reference says of widgets made with its classes, and of those that its templates build. */
  typed: Answer;
  template: Answer;
}
const cases = answers as unknown as Case[];
const thread = { id: 'thr_1' };
const generateId = (type: string): string => `${type}_1`;
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const card = (value: string): WidgetRoot => ({ type: 'Card', children: [{ type: 'Text', id: 'a', value }] });

/** A source of states that remembers what was done to it. */
class Source implements AsyncIterableIterator<WidgetRoot> {
  taken = 0;
  closed = 0;
  constructor(private readonly states: WidgetRoot[]) {}
  [Symbol.asyncIterator](): this {
    return this;
  }
  next(): Promise<IteratorResult<WidgetRoot>> {
    const value = this.states[this.taken++];
    return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
  }
  return(): Promise<IteratorResult<WidgetRoot>> {
    this.closed++;
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** The events, each as it was when it came: as JSON would carry it, with the date of items checked and replaced. */
async function collect(events: AsyncIterable<HookEventInput>): Promise<unknown[]> {
  const collected: unknown[] = [];
  for await (const event of events) {
    expect(HookEventSchema.parse(event)).toEqual(event);
    const copy = JSON.parse(JSON.stringify(event)) as { item?: { created_at: string } };
    if (copy.item) {
      expect(copy.item.created_at).toMatch(isoDate);
      copy.item.created_at = '<date>';
    }
    collected.push(copy);
  }
  return collected;
}

function streamCase(vector: Case): AsyncIterable<HookEventInput> {
  const options: StreamWidgetOptions = { copyText: vector.copyText, generateId };
  if (vector.states) return streamWidget(thread, new Source(vector.states), options);
  return streamWidget(thread, vector.widget as WidgetRoot, options);
}

describe('streamWidget beside the reference', () => {
  it.each(cases.filter(({ template }) => template.error === undefined))('answers as it does: $name', async (vector) => {
    expect(await collect(streamCase(vector))).toEqual(vector.template.events);
  });

  // Where its answer for templates is an error, and so not followed.
  it('gives no events for no states, where the reference raises', async () => {
    expect(await collect(streamWidget(thread, new Source([])))).toEqual([]);
  });

  it('sends the root for a prop that appears, where the reference raises for templates', async () => {
    const vector = cases.find(({ name }) => name === 'a prop that appears') as Case;
    expect(await collect(streamCase(vector))).toEqual(vector.typed.events);
  });

  it('has no other error to differ from', () => {
    expect(cases.filter(({ template }) => template.error).map(({ name }) => name)).toEqual([
      'no states',
      'a prop that appears',
    ]);
  });
});

describe('streamWidget', () => {
  it('makes a message id and leaves copy_text out by default', async () => {
    const [event] = await collect(streamWidget(thread, card('A')));
    expect(event).toMatchObject({ item: { id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string } });
    expect(event).not.toHaveProperty('item.copy_text');
  });

  it('asks once for an id, of a message, and keeps it and the date', async () => {
    const ask = jest.fn(() => 'msg_1');
    const events: HookEventInput[] = [];
    for await (const event of streamWidget(thread, new Source([card('A'), card('Ab')]), { generateId: ask })) {
      events.push(event);
      await clockPassed(1);
    }
    expect(ask.mock.calls).toEqual([['message']]);
    const dates = events.map((event) => ('item' in event ? event.item.created_at : event.type));
    expect(dates).toEqual([dates[0], 'thread.item.updated', dates[0]]);
    expect(events).toMatchObject([{ item: { id: 'msg_1' } }, { item_id: 'msg_1' }, { item: { id: 'msg_1' } }]);
  });

  it('takes one object that changes between states', async () => {
    const states = async function* (): AsyncGenerator<WidgetRoot> {
      const widget = { type: 'Card', children: [{ type: 'Text', id: 'a', value: '', streaming: true }] };
      for (const word of ['', 'Hel', 'lo']) {
        widget.children[0]!.value += word;
        yield widget;
        await Promise.resolve();
      }
      widget.children = [];
    };
    const events = streamWidget(thread, states(), { copyText: 'Hello', generateId });
    const expected = cases.find(({ name }) => name === 'a text that grows')?.template.events;
    expect(await collect(events)).toEqual(expected);
  });

  it('keeps a plain widget as it was when it was asked for', async () => {
    const widget = card('A');
    const events = streamWidget(thread, widget);
    const { value } = await events.next();
    widget['children'] = [];
    expect(value).toMatchObject({ type: 'thread.item.done', item: { widget: card('A') } });
  });

  it('does not mind a consumer that applies the updates to the events that it was given', async () => {
    const states = [card('A'), card('Ab'), { ...card('Ab'), size: 'sm' }, { ...card('Abc'), size: 'sm' }];
    let kept: unknown;
    const types: string[] = [];
    for await (const event of streamWidget(thread, new Source(states))) {
      if (event.type === 'thread.item.added' && event.item.type === 'widget') kept = event.item.widget;
      if (event.type === 'thread.item.updated') {
        types.push(event.update.type);
        if (event.update.type === 'widget.root.updated') kept = event.update.widget;
        const [first] = (kept as { children: [{ value: string }] }).children;
        if (event.update.type === 'widget.streaming_text.value_delta') first.value += event.update.delta;
      }
      if (event.type === 'thread.item.done') expect(event.item).toMatchObject({ widget: states[3] });
    }
    expect(kept).toEqual(states[3]);
    expect(types).toEqual([
      'widget.streaming_text.value_delta',
      'widget.root.updated',
      'widget.streaming_text.value_delta',
    ]);
  });

  it.each([1, 2, 3])('closes the states when the consumer stops after event %i', async (count) => {
    const source = new Source([card('A'), card('Ab'), card('Abc'), card('Abcd')]);
    const types: string[] = [];
    for await (const { type } of streamWidget(thread, source)) if (types.push(type) === count) break;
    expect(source).toMatchObject({ taken: count, closed: 1 });
  });

  it('closes the states when the consumer throws into it', async () => {
    const source = new Source([card('A'), card('Ab')]);
    const events = streamWidget(thread, source);
    await events.next();
    await expect(events.throw(new Error('enough'))).rejects.toThrow('enough');
    expect(source.closed).toBe(1);
  });

  it('takes nothing before it is read, and one state at a time', async () => {
    const source = new Source([card('A'), card('Ab')]);
    const events = streamWidget(thread, source);
    expect(source.taken).toBe(0);
    await events.next();
    expect(source.taken).toBe(1);
    await events.return();
    expect(source).toMatchObject({ taken: 1, closed: 1 });
  });

  it('does not close the states when they come to their end', async () => {
    const source = new Source([card('A')]);
    await collect(streamWidget(thread, source));
    expect(source.closed).toBe(0);
  });

  it('throws on what the states throw, without saying that the item is done', async () => {
    const failing = async function* (): AsyncGenerator<WidgetRoot> {
      yield card('A');
      await Promise.reject(new Error('model gone'));
    };
    const types: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { type } of streamWidget(thread, failing())) types.push(type);
    };
    await expect(read()).rejects.toThrow('model gone');
    expect(types).toEqual(['thread.item.added']);
  });

  it('closes the states and throws for one that JSON cannot say', async () => {
    const source = new Source([card('A'), { type: 'Card', size: 1n }]);
    await expect(collect(streamWidget(thread, source))).rejects.toThrow(
      new TypeError('size is a bigint, which JSON cannot hold'),
    );
    expect(source.closed).toBe(1);
  });

  it('leaves it to the check of events to say that something is no widget', async () => {
    for (const widget of [undefined, null, 7]) {
      const { value } = await streamWidget(thread, widget as never).next();
      expect(HookEventSchema.safeParse(value).error?.issues.map(({ path }) => path.join('.'))).toEqual(['item.widget']);
    }
  });
});

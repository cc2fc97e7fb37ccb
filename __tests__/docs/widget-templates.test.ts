// docs/widget-templates.md lists what templates can use, and its example does what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diffWidget, streamWidget, WidgetTemplate } from 'chatkit-express';
import { filters } from '../../src/widgets/jinja/filters';
import { globals } from '../../src/widgets/jinja/globals';
import { methods } from '../../src/widgets/jinja/methods';
import { tests } from '../../src/widgets/jinja/test-functions';
import { updates, writeLetter } from '../../docs/examples/widget-streaming';
import { examplesFolder, fencesOf, readPage, sectionOf } from './markdown';

const page = readPage('docs/widget-templates.md');
const namesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!).sort();

describe('docs/widget-templates.md', () => {
  it.each<[string, Iterable<string>]>([
    ['Filters', filters.keys()],
    ['Tests', tests.keys()],
    ['Functions', globals.keys()],
  ])('lists them all, and no others: %s', (heading, names) => {
    expect(namesIn(sectionOf(page, heading))).toEqual([...names].sort());
  });

  it.each<[string, Iterable<string>]>([
    ['text', methods.text.keys()],
    ['lists', methods.list.keys()],
    ['dicts', methods.dict.keys()],
  ])('lists all methods of %s, and no others', (type, names) => {
    const paragraph = sectionOf(page, 'Methods')
      .split('\n\n')
      .find((each) => each.trim().startsWith(`Of ${type}:`));
    expect(namesIn(paragraph ?? '')).toEqual([...names].sort());
  });

  it('shows what its template builds, and what it says of data that does not fit', () => {
    const template = WidgetTemplate.fromFile(join(examplesFolder, 'parcel.widget'));
    const stops = [
      { place: 'Bern', reached: true },
      { place: 'Rome', reached: false },
    ];
    const shown = fencesOf(page).filter(({ language }) => language === 'json')[1]!;
    expect(template.build({ number: 17, stops })).toEqual(JSON.parse(shown.code));
    const message = fencesOf(page)
      .find(({ language }) => language === 'text')!
      .code.replace('TypeError: ', '');
    const wrong = { number: 1.5, stops: [stops[0], { reached: true }] };
    expect(() => template.build(wrong, { validate: 'throw' })).toThrow(new TypeError(message));
  });

  it('uses that data in its example', () => {
    const example = readFileSync(join(examplesFolder, 'widget-templates.ts'), 'utf8');
    expect(example).toContain("{ place: 'Bern', reached: true },\n      { place: 'Rome', reached: false },");
  });

  it('shows the updates that diffWidget gives', () => {
    expect(updates).toEqual([
      { type: 'widget.streaming_text.value_delta', component_id: 'letter', delta: ' Ada', done: false },
    ]);
    expect(diffWidget({ type: 'Card' }, { type: 'Card' })).toEqual([]);
  });

  it('streams its letter as deltas, and the whole widget when it is finished', async () => {
    const words = (async function* () {
      yield* ['Dear ', 'Ada'];
    })();
    const seen: string[] = [];
    const turn = { thread: { id: 'thr_1' }, generateId: () => 'msg_1' } as never;
    for await (const event of writeLetter(turn, words)) {
      seen.push(event.type === 'thread.item.updated' ? event.update.type : event.type);
    }
    const delta = 'widget.streaming_text.value_delta';
    expect(seen).toEqual(['thread.item.added', delta, delta, 'widget.root.updated', 'thread.item.done']);
    expect(streamWidget).toBeInstanceOf(Function);
  });
});

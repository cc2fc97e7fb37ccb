import type { HookEventInput } from 'chatkit-express';
import { AgentContext } from 'chatkit-express/agents';
import { turnOf } from '../../support/agents';

async function pushed(act: (context: AgentContext) => Promise<unknown>): Promise<HookEventInput[]> {
  const context = new AgentContext(await turnOf());
  const seen: HookEventInput[] = [];
  const reading = (async () => {
    for await (const batch of context.channel.read()) seen.push(...batch);
  })();
  await act(context);
  await context.channel.end();
  await reading;
  return seen;
}
const task = (title: string) => ({ type: 'custom', title }) as const;

test('an event is copied when it is pushed', async () => {
  const events = await pushed(async (context) => {
    const event: HookEventInput = { type: 'progress_update', text: 'as it was' };
    const done = context.stream(event);
    event.text = 'changed';
    await done;
  });
  expect(events).toEqual([{ type: 'progress_update', text: 'as it was' }]);
});

test('what JSON cannot say is refused at once', async () => {
  const context = new AgentContext(await turnOf());
  await expect(context.stream({ type: 'progress_update', text: 10n } as never)).rejects.toThrow(TypeError);
  expect(() => context.callClientTool('count', { up: 10n })).toThrow(TypeError);
});

test('progress may have an icon', async () => {
  const events = await pushed(async (context) => {
    await context.progress('Looking', 'search');
    await context.progress('Reading');
  });
  expect(events).toEqual([
    { type: 'progress_update', text: 'Looking', icon: 'search' },
    { type: 'progress_update', text: 'Reading' },
  ]);
});

test('the states of a widget come as updates, with its copy text', async () => {
  async function* states() {
    for (const value of ['', 'Dear', 'Dear Ada']) {
      yield { type: 'Card', children: [{ type: 'Text', id: 'draft', value, streaming: true }] };
    }
  }
  const events = await pushed((context) => context.streamWidget(states(), { copyText: 'Dear Ada' }));
  expect(events.map(({ type }) => type)).toEqual([
    'thread.item.added',
    'thread.item.updated',
    'thread.item.updated',
    'thread.item.done',
  ]);
  expect(events.at(-1)).toMatchObject({ item: { type: 'widget', copy_text: 'Dear Ada' } });
});

test('a widget’s states are asked for no more once the turn is cancelled', async () => {
  const turn = await turnOf();
  const context = new AgentContext(turn);
  let closed = false;
  async function* states() {
    try {
      for (let value = 0; ; value++) {
        yield { type: 'Card', children: [{ type: 'Text', id: 'n', value: String(value) }] };
        if (value === 3) turn.abort.abort();
      }
    } finally {
      closed = true;
    }
  }
  await context.streamWidget(states());
  expect(closed).toBe(true);
});

test('a task’s index is told, and is what updates name', async () => {
  const indexes: number[] = [];
  const events = await pushed(async (context) => {
    indexes.push(await context.addWorkflowTask(task('one')), await context.addWorkflowTask(task('two')));
    await context.updateWorkflowTask(task('two, done'), 1);
    expect(context.workflowItem?.workflow.tasks).toMatchObject([{ title: 'one' }, { title: 'two, done' }]);
    await context.endWorkflow({ title: 'Ready' }, true);
    expect(context.workflowItem).toBeNull();
  });
  expect(indexes).toEqual([0, 1]);
  expect(events).toMatchObject([
    { type: 'thread.item.added', item: { workflow: { tasks: [{ title: 'one' }] } } },
    { update: { type: 'workflow.task.added', task_index: 1 } },
    { update: { type: 'workflow.task.updated', task_index: 1, task: { title: 'two, done' } } },
    { type: 'thread.item.done', item: { workflow: { summary: { title: 'Ready' }, expanded: true } } },
  ]);
  const [added] = events;
  expect(added).toHaveProperty('item.workflow.tasks.length', 1); // as it was when it was added
});

test('a workflow that is open is ended before the next one starts', async () => {
  const events = await pushed(async (context) => {
    await context.startWorkflow({ type: 'custom', tasks: [task('one')] });
    await context.startWorkflow({ type: 'reasoning' });
    await context.endWorkflow();
    await context.endWorkflow(); // none is open
  });
  const ids = events.map((event) => ('item' in event ? `${event.type} ${event.item.id}` : ''));
  const [first, , second] = events.map((event) => ('item' in event ? event.item.id : ''));
  expect(ids).toEqual([
    `thread.item.added ${first}`,
    `thread.item.done ${first}`,
    `thread.item.added ${second}`,
    `thread.item.done ${second}`,
  ]);
  expect(first).not.toBe(second);
});

test.each([
  [(context: AgentContext) => context.updateWorkflowTask(task('x'), 0), 'There is no open workflow'],
  [(context: AgentContext) => context.addWorkflowTask({ type: 'custom', title: 1 } as never), 'title'],
  [(context: AgentContext) => context.startWorkflow({ type: 'other' } as never), 'type'],
  [(context: AgentContext) => context.endWorkflow({ duration: 'long' } as never), 'summary|Invalid input'],
])('a mistake in a workflow is the tool’s to see', async (act, message) => {
  const events = await pushed(async (context) => {
    await expect(act(context)).rejects.toThrow(new RegExp(message));
  });
  expect(events).toEqual([]);
});

test.each([-1, 1, 0.5, NaN])('there is no task %d', async (index) => {
  await pushed(async (context) => {
    await context.addWorkflowTask(task('one'));
    await expect(context.updateWorkflowTask(task('x'), index)).rejects.toThrow(`The workflow has no task ${index}`);
  });
});

describe('AgentContext.of', () => {
  class Mine extends AgentContext {
    readonly mine = true;
  }

  test('finds the subclass that the run was given', async () => {
    const context = new Mine(await turnOf());
    expect(Mine.of({ context }).mine).toBe(true);
    expect(Mine.of({ context })).toBe(context);
    expect(AgentContext.of({ context })).toBe(context);
  });

  test('refuses a run without a context, and one with another class', async () => {
    expect(() => AgentContext.of(undefined)).toThrow('The run has no AgentContext');
    expect(() => AgentContext.of({ context: {} })).toThrow('The run has no AgentContext');
    const context = new AgentContext(await turnOf());
    expect(() => Mine.of({ context })).toThrow('The run has no Mine');
  });
});

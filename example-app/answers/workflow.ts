// Workflows and tasks: how an assistant shows what it is doing before it answers.
import { AnswerWriter, type HookEvents, newItem, type Task } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { pause, say } from '../say';

/** A reasoning workflow: thoughts that grow, and how long they took. */
export async function* reasoning(turn: MessageTurn): HookEvents {
  const writer = new AnswerWriter(turn);
  const thoughts = [
    'They want to see me think. I should think in two steps.',
    'This is the second step, and the last one.',
  ];
  for (const thought of thoughts) {
    for (const words of thought.match(/(?:\S+\s*){1,4}/g) ?? []) {
      yield* writer.thought(words);
      await pause(turn, 10);
    }
    yield* writer.endThought();
  }
  yield* writer.endWorkflow();
  yield* say(turn, 'I thought about it. My thoughts are folded up above.');
}

/** A custom workflow: one task of each kind, which turns from loading to complete, and a summary. */
export async function* workflow(turn: MessageTurn): HookEvents {
  const writer = new AnswerWriter(turn);
  const page = { type: 'url' as const, title: 'ChatKit', url: 'https://platform.openai.com/docs/guides/chatkit' };
  const notes = { type: 'file' as const, title: 'Meeting notes', filename: 'notes.pdf' };
  const tasks: Task[] = [
    {
      type: 'web_search',
      title: 'Search the web',
      queries: ['chatkit server'],
      sources: [page],
      status_indicator: 'complete',
    },
    { type: 'file', title: 'Read a file', sources: [notes], status_indicator: 'complete' },
    { type: 'image', title: 'Look at a picture', status_indicator: 'complete' },
    { type: 'custom', title: 'Add it up', icon: 'chart', content: '2 + 2 = **4**', status_indicator: 'complete' },
  ];
  for (const [index, task] of tasks.entries()) {
    yield* writer.step({ ...task, status_indicator: 'loading' }, String(index));
    await pause(turn, 40);
    yield* writer.step(task, String(index));
  }
  yield* writer.endWorkflow({ title: `Did ${tasks.length} things`, icon: 'check-circle' });
  yield* say(turn, 'All steps are done.');
}

/** A task on its own, without a workflow around it. */
export async function* task(turn: MessageTurn): HookEvents {
  const item = newItem(turn, 'task');
  const counting = { type: 'custom' as const, icon: 'clock' as const, title: 'Counting to three' };
  yield { type: 'thread.item.added', item: { ...item, task: { ...counting, status_indicator: 'loading' } } };
  await pause(turn, 60);
  const counted = { ...counting, content: 'One, two, three.', status_indicator: 'complete' as const };
  yield { type: 'thread.item.done', item: { ...item, task: counted } };
  yield* say(turn, 'I counted.');
}

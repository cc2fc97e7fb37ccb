// Workflows and tasks: how an assistant shows what it is doing before it answers.
import type { HookEvents, Task, Workflow } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { newItem, pause, say } from '../say';

/** A reasoning workflow: thoughts that grow, and how long they took. */
export async function* reasoning(turn: MessageTurn): HookEvents {
  const item = { ...newItem(turn, 'workflow'), type: 'workflow' as const };
  const tasks: Task[] = [];
  yield { type: 'thread.item.added', item: { ...item, workflow: { type: 'reasoning', expanded: true } } };

  const thoughts = [
    'They want to see me think. I should think in two steps.',
    'This is the second step, and the last one.',
  ];
  for (const [task_index, thought] of thoughts.entries()) {
    const [start = ''] = thought.split(' ', 1);
    yield {
      type: 'thread.item.updated',
      item_id: item.id,
      update: { type: 'workflow.task.added', task_index, task: { type: 'thought', content: start } },
    };
    await pause(turn, 40);
    const task: Task = { type: 'thought', title: `Step ${task_index + 1}`, content: thought, status_indicator: 'none' };
    tasks.push(task);
    yield {
      type: 'thread.item.updated',
      item_id: item.id,
      update: { type: 'workflow.task.updated', task_index, task },
    };
  }

  const workflow: Workflow = { type: 'reasoning', tasks, summary: { duration: 2 }, expanded: false };
  yield { type: 'thread.item.done', item: { ...item, workflow } };
  yield* say(turn, 'I thought about it. My thoughts are folded up above.');
}

/** A custom workflow: one task of each kind, which turns from loading to complete, and a summary. */
export async function* workflow(turn: MessageTurn): HookEvents {
  const item = { ...newItem(turn, 'workflow'), type: 'workflow' as const };
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
  yield { type: 'thread.item.added', item: { ...item, workflow: { type: 'custom', expanded: true } } };
  for (const [task_index, task] of tasks.entries()) {
    const loading: Task = { ...task, status_indicator: 'loading' };
    yield {
      type: 'thread.item.updated',
      item_id: item.id,
      update: { type: 'workflow.task.added', task_index, task: loading },
    };
    await pause(turn, 40);
    yield {
      type: 'thread.item.updated',
      item_id: item.id,
      update: { type: 'workflow.task.updated', task_index, task },
    };
  }

  const summary = { title: `Did ${tasks.length} things`, icon: 'check-circle' as const };
  yield { type: 'thread.item.done', item: { ...item, workflow: { type: 'custom', tasks, summary, expanded: false } } };
  yield* say(turn, 'All steps are done.');
}

/** A task on its own, without a workflow around it. */
export async function* task(turn: MessageTurn): HookEvents {
  const item = { ...newItem(turn, 'task'), type: 'task' as const };
  const counting = { type: 'custom' as const, icon: 'clock' as const, title: 'Counting to three' };
  yield { type: 'thread.item.added', item: { ...item, task: { ...counting, status_indicator: 'loading' } } };
  await pause(turn, 60);
  const counted = { ...counting, content: 'One, two, three.', status_indicator: 'complete' as const };
  yield { type: 'thread.item.done', item: { ...item, task: counted } };
  yield* say(turn, 'I counted.');
}

// The workflow of a turn: a reasoning model's thoughts, and the calls of tools as tasks, where they are asked for.
import type { HookEventInput, Task, WorkflowItem } from '../../protocol';
import type { ItemTurn } from './item-ids';
import type { RawResponseEvent } from './response-events';

/** Where the workflow that is open is kept. Shared with whoever else adds tasks to it, such as the tools of an agent. */
export interface WorkflowHolder {
  /** Replaced, never changed: an event that holds it stays as it was. */
  workflowItem: WorkflowItem | null;
}

/** Makes the events of the workflow that its holder holds. */
export class WorkflowWriter<TContext> {
  readonly #turn: ItemTurn<TContext>;
  readonly #holder: WorkflowHolder;
  /** The thought that is being streamed. */
  #thought: {
    workflowId: string;
    itemId: string | undefined;
    summaryIndex: number;
    taskIndex: number;
    content: string;
  } | null = null;
  /** The place of each tool's call that has not ended. */
  readonly #calls = new Map<string, { workflowId: string; taskIndex: number }>();

  constructor(turn: ItemTurn<TContext>, holder: WorkflowHolder) {
    this.#turn = turn;
    this.#holder = holder;
  }

  /** The model begins to reason. An open workflow goes on. */
  reasoningAdded(): HookEventInput[] {
    return this.#holder.workflowItem ? [] : this.#start('reasoning', []);
  }

  /** The first thought of a workflow is shown as it comes; later ones, which replace what is seen, when they are whole. */
  thoughtDelta({ item_id, summary_index = 0, delta }: RawResponseEvent): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item || delta === undefined) return [];
    const { workflow } = item;
    if (workflow.type === 'reasoning' && workflow.tasks.length === 0) {
      this.#thought = {
        workflowId: item.id,
        itemId: item_id,
        summaryIndex: summary_index,
        taskIndex: 0,
        content: delta,
      };
      return this.#addTask(thoughtTask(delta));
    }
    const thought = this.#thoughtOf(item, item_id, summary_index);
    if (!thought) return [];
    thought.content += delta;
    return this.#updateTask(thought.taskIndex, thoughtTask(thought.content));
  }

  /** A thought is whole. */
  thoughtDone({ item_id, summary_index = 0, text }: RawResponseEvent): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item || text === undefined) return [];
    const thought = this.#thoughtOf(item, item_id, summary_index);
    if (!thought) return this.#addTask(thoughtTask(text));
    this.#thought = null;
    return this.#updateTask(thought.taskIndex, thoughtTask(text));
  }

  /** A tool is called. */
  callAdded(callId: string, task: Task): HookEventInput[] {
    const events = this.#addTask(task);
    const item = this.#holder.workflowItem;
    if (item) this.#calls.set(callId, { workflowId: item.id, taskIndex: item.workflow.tasks.length - 1 });
    return events;
  }

  /** A call has ended. One that was never seen to begin is added; one whose workflow is done already stays as it is. */
  callDone(callId: string, task: Task): HookEventInput[] {
    const call = this.#calls.get(callId);
    if (!call) return this.#addTask(task);
    this.#calls.delete(callId);
    return call.workflowId === this.#holder.workflowItem?.id ? this.#updateTask(call.taskIndex, task) : [];
  }

  /** Closes the open workflow, folded, with the time it took; does nothing when none is open. */
  end(): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    this.#holder.workflowItem = null;
    const { workflow } = item;
    const duration = Math.max(0, Math.floor((Date.now() - Date.parse(item.created_at)) / 1000));
    const open = [...this.#calls.values()].filter(({ workflowId }) => workflowId === item.id);
    const tasks = workflow.tasks.map((task, index) =>
      open.some(({ taskIndex }) => taskIndex === index) ? { ...task, status_indicator: 'complete' as const } : task,
    );
    const ended = { ...workflow, tasks, summary: workflow.summary ?? { duration }, expanded: false };
    return [{ type: 'thread.item.done', item: { ...item, workflow: ended } }];
  }

  #thoughtOf(item: WorkflowItem, itemId: string | undefined, summaryIndex: number) {
    const thought = this.#thought;
    const same = thought?.workflowId === item.id && thought.itemId === itemId && thought.summaryIndex === summaryIndex;
    return same ? thought : undefined;
  }

  #addTask(task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return this.#start('custom', [task]);
    const task_index = item.workflow.tasks.length;
    // A workflow of an application's own that has no task yet was never shown: see startWorkflow of the agents.
    const unseen = item.workflow.type !== 'reasoning' && task_index === 0;
    const next = this.#hold({ ...item, workflow: { ...item.workflow, tasks: [...item.workflow.tasks, task] } });
    if (unseen) return [{ type: 'thread.item.added', item: next }];
    return [
      { type: 'thread.item.updated', item_id: item.id, update: { type: 'workflow.task.added', task_index, task } },
    ];
  }

  #updateTask(task_index: number, task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item || task_index >= item.workflow.tasks.length) return [];
    const tasks = item.workflow.tasks.with(task_index, task);
    this.#hold({ ...item, workflow: { ...item.workflow, tasks } });
    return [
      { type: 'thread.item.updated', item_id: item.id, update: { type: 'workflow.task.updated', task_index, task } },
    ];
  }

  #start(type: 'custom' | 'reasoning', tasks: Task[]): HookEventInput[] {
    const item = this.#hold({
      id: this.#turn.generateId('workflow'),
      thread_id: this.#turn.thread.id,
      created_at: new Date().toISOString(),
      type: 'workflow',
      workflow: { type, tasks, expanded: false },
    });
    return [{ type: 'thread.item.added', item }];
  }

  #hold(item: WorkflowItem): WorkflowItem {
    this.#holder.workflowItem = item;
    return item;
  }
}

function thoughtTask(content: string): Task {
  return { type: 'thought', status_indicator: 'none', content };
}

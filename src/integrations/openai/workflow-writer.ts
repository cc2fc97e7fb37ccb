// The workflow of a turn: a reasoning model's thoughts, and the calls of tools as tasks, where they are asked for.
import type { HookEventInput, Task, WorkflowItem } from '../../protocol';
import type { ItemTurn } from './item-ids';
import { OpenWorkflow, type WorkflowHolder } from './open-workflow';
import type { RawResponseEvent } from './response-events';

/** Makes the events of the workflow that its holder holds. */
export class WorkflowWriter<TContext> {
  readonly #workflow: OpenWorkflow<TContext>;
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
    this.#workflow = new OpenWorkflow(turn, holder);
    this.#holder = holder;
  }

  /** The model begins to reason. An open workflow goes on. */
  reasoningAdded(): HookEventInput[] {
    return this.#holder.workflowItem ? [] : this.#workflow.start({ type: 'reasoning', tasks: [], expanded: false });
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
      return this.#workflow.addTask(thoughtTask(delta));
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
    if (!thought) return this.#workflow.addTask(thoughtTask(text));
    this.#thought = null;
    return this.#updateTask(thought.taskIndex, thoughtTask(text));
  }

  /** A tool is called. */
  callAdded(callId: string, task: Task): HookEventInput[] {
    const events = this.#workflow.addTask(task);
    const item = this.#holder.workflowItem;
    if (item) this.#calls.set(callId, { workflowId: item.id, taskIndex: item.workflow.tasks.length - 1 });
    return events;
  }

  /** A call has ended. One that was never seen to begin is added; one whose workflow is done already stays as it is. */
  callDone(callId: string, task: Task): HookEventInput[] {
    const call = this.#calls.get(callId);
    if (!call) return this.#workflow.addTask(task);
    this.#calls.delete(callId);
    return call.workflowId === this.#holder.workflowItem?.id ? this.#updateTask(call.taskIndex, task) : [];
  }

  /** Closes the open workflow, folded, with the time it took; does nothing when none is open. */
  end(): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    const { workflow } = item;
    const open = [...this.#calls.values()].filter(({ workflowId }) => workflowId === item.id);
    const tasks = workflow.tasks.map((task, index) =>
      open.some(({ taskIndex }) => taskIndex === index) ? { ...task, status_indicator: 'complete' as const } : task,
    );
    this.#holder.workflowItem = { ...item, workflow: { ...workflow, tasks } };
    return this.#workflow.end();
  }

  #thoughtOf(item: WorkflowItem, itemId: string | undefined, summaryIndex: number) {
    const thought = this.#thought;
    const same = thought?.workflowId === item.id && thought.itemId === itemId && thought.summaryIndex === summaryIndex;
    return same ? thought : undefined;
  }

  #updateTask(index: number, task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem;
    return item && index < item.workflow.tasks.length ? this.#workflow.updateTask(task, index) : [];
  }
}

function thoughtTask(content: string): Task {
  return { type: 'thought', status_indicator: 'none', content };
}

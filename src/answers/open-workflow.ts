// The open workflow of a turn. Its tasks are the thoughts and calls of a model, and the tasks of an agent's tools.
import {
  type HookEventInput,
  type Task,
  type ThreadItemUpdate,
  updateItem,
  type Workflow,
  type WorkflowItem,
  type WorkflowSummary,
} from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/** Holds the open workflow. Shared by all code that adds tasks to it, such as a model and the tools of an agent. */
export interface WorkflowHolder {
  /** Replaced and never mutated, because earlier events refer to the item. */
  workflowItem: WorkflowItem | null;
  /** The last workflow that ended because something else was shown. Its tasks can still be updated. */
  endedWorkflow?: WorkflowItem | null;
}

/** Changes the workflow of a holder, and makes the events of each change. */
export class OpenWorkflow {
  readonly #turn: AnswerTurn;
  readonly #holder: WorkflowHolder;

  constructor(turn: AnswerTurn, holder: WorkflowHolder) {
    this.#turn = turn;
    this.#holder = holder;
  }

  /** Ends an open workflow and starts a new one. A workflow without tasks is shown together with its first task. */
  start(workflow: Workflow): HookEventInput[] {
    const ended = this.end();
    const item = this.#open(workflow);
    const seen = workflow.type === 'reasoning' || workflow.tasks.length > 0;
    return seen ? [...ended, { type: 'thread.item.added', item }] : ended;
  }

  /** Adds a task. Starts a workflow when no workflow is open. */
  addTask(task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem ?? this.#open({ type: 'custom', tasks: [], expanded: false });
    const task_index = item.workflow.tasks.length;
    const update = { type: 'workflow.task.added', task_index, task } as const;
    const next = updateItem(item, update);
    this.#holder.workflowItem = next;
    const appears = item.workflow.type !== 'reasoning' && task_index === 0;
    return appears ? [{ type: 'thread.item.added', item: next }] : [updated(item, update)];
  }

  /**
   * Replaces a task of the open workflow, or of the last workflow that {@link end} has ended when no workflow is open.
   * @throws RangeError when there is no such task or workflow.
   */
  updateTask(task: Task, task_index: number): HookEventInput[] {
    const { workflowItem: open, endedWorkflow: ended } = this.#holder;
    const item = open ?? ended;
    if (!item) throw new RangeError('There is no open workflow whose task could be updated');
    const { tasks } = item.workflow;
    if (!(Number.isInteger(task_index) && task_index >= 0 && task_index < tasks.length)) {
      throw new RangeError(`The workflow has no task ${task_index}: it has ${tasks.length}, counted from 0`);
    }
    const update = { type: 'workflow.task.updated', task_index, task } as const;
    const changed = updateItem(item, update);
    if (open) {
      this.#holder.workflowItem = changed;
      return [updated(item, update)];
    }
    this.#holder.endedWorkflow = changed;
    return [{ type: 'thread.item.replaced', item: changed }];
  }

  /**
   * Ends the open workflow because something else is shown after it. Does nothing when no workflow is open.
   * @param summary Default: the summary of the workflow, or its duration in seconds.
   */
  end(summary?: WorkflowSummary): HookEventInput[] {
    const ended = this.#end(summary);
    if (!ended) return [];
    this.#holder.endedWorkflow = ended;
    return [{ type: 'thread.item.done', item: ended }];
  }

  /** Ends the open workflow, whose tasks cannot be updated afterwards. @param summary Default: as for {@link end}. */
  close(summary?: WorkflowSummary, expanded = false): HookEventInput[] {
    const ended = this.#end(summary, expanded);
    this.#holder.endedWorkflow = null;
    return ended ? [{ type: 'thread.item.done', item: ended }] : [];
  }

  #end(summary?: WorkflowSummary, expanded = false): WorkflowItem | null {
    const item = this.#holder.workflowItem;
    if (!item) return null;
    this.#holder.workflowItem = null;
    const duration = Math.max(0, Math.floor((Date.now() - Date.parse(item.created_at)) / 1000));
    const ended = { ...item.workflow, summary: summary ?? item.workflow.summary ?? { duration }, expanded };
    return { ...item, workflow: ended };
  }

  #open(workflow: Workflow): WorkflowItem {
    const item: WorkflowItem = { ...newItem(this.#turn, 'workflow'), workflow };
    this.#holder.workflowItem = item;
    return item;
  }
}

function updated({ id }: WorkflowItem, update: ThreadItemUpdate): HookEventInput {
  return { type: 'thread.item.updated', item_id: id, update };
}

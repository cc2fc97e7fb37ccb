// The tasks of the assistant, on their own or in a workflow that can be collapsed.
import { Brain, Check, ChevronRight, FileText, Image, Loader, Search, Sparkles } from 'lucide-react';
import { useState } from 'react';
import type { ItemOf } from '../protocol/wire';
import { Markdown } from '../sanitize';
import { NamedIcon } from '../ui/named-icon';
import { SourceEntry } from './sources';

type Task = ItemOf<'task'>['task'];
type Workflow = ItemOf<'workflow'>['workflow'];

interface WorkflowProps {
  workflow: Workflow;
  /** True while the work is in progress. */
  open: boolean;
}

export function WorkflowView({ workflow, open }: WorkflowProps) {
  // The choice of the user counts until the server sends another value.
  const [chosen, setChosen] = useState({ instead: workflow.expanded, expanded: workflow.expanded });
  const expanded = chosen.instead === workflow.expanded ? chosen.expanded : workflow.expanded;
  const { summary } = workflow;
  const icon = summary && 'icon' in summary ? summary.icon : undefined;
  return (
    <details
      className="workflow"
      open={expanded}
      onToggle={({ currentTarget }) => setChosen({ instead: workflow.expanded, expanded: currentTarget.open })}
      data-open={open}
    >
      <summary>
        {icon ? (
          <NamedIcon name={icon} />
        ) : workflow.type === 'reasoning' ? (
          <Brain size={16} aria-hidden />
        ) : (
          <Sparkles size={16} aria-hidden />
        )}
        <span className={open ? 'shimmer' : undefined}>{titleOf(workflow, open)}</span>
        <ChevronRight size={16} aria-hidden className="chevron" />
      </summary>
      <ol className="tasks">
        {(workflow.tasks ?? []).map((task, index) => (
          <li key={index}>
            <TaskView task={task} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function titleOf({ summary, type, tasks }: Workflow, open: boolean): string {
  if (summary && 'title' in summary) return summary.title;
  if (summary && 'duration' in summary)
    return `Thought for ${summary.duration} ${summary.duration === 1 ? 'second' : 'seconds'}`;
  const current = tasks?.at(-1)?.title;
  if (open) return current ?? (type === 'reasoning' ? 'Thinking…' : 'Working…');
  return type === 'reasoning' ? 'Thought about it' : `${tasks?.length ?? 0} steps`;
}

const icons = { web_search: Search, thought: Brain, file: FileText, image: Image, custom: Sparkles };

export function TaskView({ task }: { task: Task }) {
  const Icon = icons[task.type] ?? Sparkles;
  const loading = task.status_indicator === 'loading';
  return (
    <div className="task" data-status={task.status_indicator}>
      <span className="task-mark">
        {loading ? (
          <Loader size={15} className="spin" role="img" aria-label="In progress" />
        ) : task.status_indicator === 'complete' ? (
          <Check size={15} role="img" aria-label="Done" />
        ) : task.type === 'custom' && task.icon ? (
          <NamedIcon name={task.icon} size={15} />
        ) : (
          <Icon size={15} aria-hidden />
        )}
      </span>
      <div className="task-words">
        <TaskTitle task={task} />
        <TaskDetails task={task} />
      </div>
    </div>
  );
}

function TaskTitle({ task }: { task: Task }) {
  const title = task.title ?? (task.type === 'web_search' ? task.title_query : undefined);
  return title ? <p className={task.status_indicator === 'loading' ? 'shimmer' : undefined}>{title}</p> : null;
}

function TaskDetails({ task }: { task: Task }) {
  switch (task.type) {
    case 'custom':
    case 'thought':
      return task.content ? (
        <div className="muted">
          <Markdown text={task.content} />
        </div>
      ) : null;
    case 'web_search':
      return (
        <>
          {(task.queries ?? []).length > 0 && (
            <ul className="queries" aria-label="Searched for">
              {task.queries.map((query) => (
                <li key={query}>
                  <Search size={12} aria-hidden /> {query}
                </li>
              ))}
            </ul>
          )}
          <TaskSources sources={task.sources ?? []} />
        </>
      );
    case 'file':
      return <TaskSources sources={task.sources ?? []} />;
    default:
      return null;
  }
}

function TaskSources({ sources }: { sources: Parameters<typeof SourceEntry>[0]['source'][] }) {
  if (sources.length === 0) return null;
  return (
    <ul className="task-sources" aria-label="Sources">
      {sources.map((source, index) => (
        <li key={index}>
          <SourceEntry source={source} />
        </li>
      ))}
    </ul>
  );
}

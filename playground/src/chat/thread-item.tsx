// One item of a thread, whatever its type.
import { memo, useCallback } from 'react';
import { usePlayground } from '../page/playground';
import type { Item } from '../protocol/wire';
import { ErrorBoundary } from '../ui/error-boundary';
import { JsonText } from '../ui/json-text';
import { useTheme } from '../ui/theme';
import { type WidgetAction, WidgetView } from '../widgets';
import { AssistantMessage } from './assistant-message';
import { ClientToolCall } from './client-tool';
import { GeneratedImage } from './generated-image';
import { StructuredInputView } from './structured-input';
import { UserMessage } from './user-message';
import { TaskView, WorkflowView } from './workflow';

interface ThreadItemProps {
  item: Item;
  /** True for an item that was added and is not done. */
  open: boolean;
  imageProgress?: number;
  imageDomains?: readonly string[];
  /** True while a stream is open, because widgets wait for its end. */
  busy: boolean;
}

export const ThreadItem = memo(function ThreadItem(props: ThreadItemProps) {
  const { item, open } = props;
  if (item.type === 'end_of_turn') return null;
  return (
    <div className={`item item-${item.type}`} data-item={item.id}>
      <ErrorBoundary key={open ? 'open' : 'done'} instead={<BrokenItem item={item} />}>
        <ItemBody {...props} />
      </ErrorBoundary>
    </div>
  );
});

/** An item whose content does not fit its type. */
function BrokenItem({ item }: { item: Item }) {
  return (
    <details className="small">
      <summary>This {item.type} cannot be shown</summary>
      <JsonText value={item} />
    </details>
  );
}

function ItemBody({ item, open, imageProgress, imageDomains, busy }: ThreadItemProps) {
  switch (item.type) {
    case 'user_message':
      return <UserMessage item={item} />;
    case 'assistant_message':
      return <AssistantMessage item={item} streaming={open} imageDomains={imageDomains} />;
    case 'workflow':
      return <WorkflowView workflow={item.workflow} open={open} />;
    case 'task':
      return <TaskView task={item.task} />;
    case 'generated_image':
      return <GeneratedImage item={item} open={open} progress={imageProgress} />;
    case 'client_tool_call':
      return <ClientToolCall item={item} />;
    case 'structured_input':
      return <StructuredInputView item={item} />;
    case 'widget':
      return <WidgetItem item={item} busy={busy} />;
    default:
      return null;
  }
}

function WidgetItem({ item, busy }: { item: Extract<Item, { type: 'widget' }>; busy: boolean }) {
  const { client } = usePlayground();
  const theme = useTheme();
  const onAction = useCallback((action: WidgetAction) => client.act(action, item), [client, item]);
  return <WidgetView widget={item.widget} itemId={item.id} disabled={busy} theme={theme} onAction={onAction} />;
}

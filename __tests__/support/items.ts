// Items and events for hooks to yield.
import type {
  AssistantMessageItem,
  ClientToolCallItem,
  HiddenContextItem,
  HookEventInput,
  ThreadItemInput,
  ThreadItemUpdate,
} from 'chatkit-express';

export const createdAt = '2026-01-02T03:04:05.000Z';
type Owner = { id: string };

export const assistantMessage = ({ id: thread_id }: Owner, id: string, text?: string): AssistantMessageItem => ({
  type: 'assistant_message',
  id,
  thread_id,
  created_at: createdAt,
  content: text === undefined ? [] : [{ type: 'output_text', text, annotations: [] }],
});

export const toolCall = ({ id: thread_id }: Owner, id: string): ClientToolCallItem => ({
  type: 'client_tool_call',
  id,
  thread_id,
  created_at: createdAt,
  status: 'pending',
  call_id: `call_of_${id}`,
  name: 'pick',
  arguments: {},
});

export const hiddenNote = ({ id: thread_id }: Owner, id: string): HiddenContextItem => ({
  type: 'hidden_context_item',
  id,
  thread_id,
  created_at: createdAt,
  content: 'for the model only',
});

export const added = (item: ThreadItemInput): HookEventInput => ({ type: 'thread.item.added', item });
export const done = (item: ThreadItemInput): HookEventInput => ({ type: 'thread.item.done', item });
export const replaced = (item: ThreadItemInput): HookEventInput => ({ type: 'thread.item.replaced', item });
export const removed = (item_id: string): HookEventInput => ({ type: 'thread.item.removed', item_id });
export const updated = (item_id: string, update: ThreadItemUpdate): HookEventInput => ({
  type: 'thread.item.updated',
  item_id,
  update,
});
export const textDelta = (item_id: string, delta: string, content_index = 0): HookEventInput =>
  updated(item_id, { type: 'assistant_message.content_part.text_delta', content_index, delta });
export const progress = (text: string): HookEventInput => ({ type: 'progress_update', text });

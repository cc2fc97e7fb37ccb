// Makes the threads, items and attachments that the suite stores.
import type { Attachment, Thread, ThreadItem } from '../protocol';

export const createdAt = '2026-01-02T03:04:05.678Z';

export function makeThread(id: string, more: Partial<Thread> & Record<string, unknown> = {}): Thread {
  return { id, created_at: createdAt, status: { type: 'active' }, metadata: {}, ...more };
}

/** Makes a message of the assistant. */
export function makeItem(threadId: string, id: string, text = 'hello'): ThreadItem {
  return {
    id,
    thread_id: threadId,
    created_at: createdAt,
    type: 'assistant_message',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
}

/** Makes an item whose content can be any JSON value. */
export function makeNote(threadId: string, id: string, content: unknown): ThreadItem {
  return { id, thread_id: threadId, created_at: createdAt, type: 'hidden_context_item', content };
}

export function makeAttachment(id: string, more: Partial<Attachment> & Record<string, unknown> = {}): Attachment {
  return { id, name: 'notes.txt', mime_type: 'text/plain', type: 'file', ...more } as Attachment;
}

/** Returns `prefix_0`, `prefix_1` and so on. */
export function numbered(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_row, index) => `${prefix}_${index}`);
}

/** Makes an item of every type, with its optional fields. */
export function itemOfEachType(threadId: string): ThreadItem[] {
  const base = (id: string) => ({ id, thread_id: threadId, created_at: createdAt });
  return [
    {
      ...base('user'),
      type: 'user_message',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_tag', id: 'tag', text: '@ada', data: { user: 7 }, interactive: true },
      ],
      attachments: [makeAttachment('file', { thread_id: threadId })],
      quoted_text: 'this',
      inference_options: { model: 'large', tool_choice: { id: 'search' } },
    },
    makeItem(threadId, 'assistant'),
    {
      ...base('call'),
      type: 'client_tool_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'pick',
      arguments: { from: [1, 2] },
      output: { picked: 2 },
    },
    {
      ...base('widget'),
      type: 'widget',
      widget: { type: 'Card', children: [{ type: 'Text', value: 'Hi' }] },
      copy_text: 'Hi',
    },
    { ...base('image'), type: 'generated_image', image: { id: 'img', url: 'https://images.example/1.png' } },
    { ...base('input'), type: 'structured_input', status: 'pending', inputs: [] },
    { ...base('task'), type: 'task', task: { type: 'custom', title: 'Look', status_indicator: 'complete' } },
    { ...base('workflow'), type: 'workflow', workflow: { type: 'custom', tasks: [], expanded: false } },
    { ...base('end'), type: 'end_of_turn' },
    makeNote(threadId, 'note', { for: 'the model' }),
    { ...base('sdk'), type: 'sdk_hidden_context', content: 'The user stopped the answer' },
  ] as ThreadItem[];
}

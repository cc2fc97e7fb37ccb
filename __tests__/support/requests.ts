// The requests that many tests send.

const userInput = (text: string, more: object = {}) => ({
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
  ...more,
});

export const createThread = (text = 'Hello', more: object = {}) => ({
  type: 'threads.create',
  params: { input: userInput(text, more) },
});

export const addMessage = (thread_id: string, text = 'More', more: object = {}) => ({
  type: 'threads.add_user_message',
  params: { thread_id, input: userInput(text, more) },
});

export const getThread = (thread_id: string) => ({ type: 'threads.get_by_id', params: { thread_id } });

export const retryAfter = (thread_id: string, item_id: string) => ({
  type: 'threads.retry_after_item',
  params: { thread_id, item_id },
});

export const toolOutput = (thread_id: string, result: unknown) => ({
  type: 'threads.add_client_tool_output',
  params: { thread_id, result },
});

export const customAction = (params: { thread_id: string; item_id?: string; action?: unknown }) => ({
  type: 'threads.custom_action',
  params: { action: { type: 'go' }, ...params },
});

export const syncAction = (params: { thread_id: string; item_id?: string; action?: unknown }) => ({
  type: 'threads.sync_custom_action',
  params: { action: { type: 'go' }, ...params },
});

export const renameThread = (thread_id: string, title: string) => ({
  type: 'threads.update',
  params: { thread_id, title },
});

export const deleteThread = (thread_id: string) => ({ type: 'threads.delete', params: { thread_id } });

/** An action of the page itself. */
export const sendAction = (thread_id: string, payload: object) =>
  customAction({ thread_id, action: { type: 'go', payload } });

export const structuredInput = (thread_id: string, item_id: string, answers: object) => ({
  type: 'threads.add_structured_input',
  params: { thread_id, item_id, input: { status: 'answered', answers } },
});

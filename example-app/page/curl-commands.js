// Builds curl commands for the requests of the chat window. README.md has the same commands.

/** Returns a message as the composer sends it. @param {string} text */
const message = (text) => ({ content: [{ type: 'input_text', text }] });

const requests = [
  {
    label: 'Create a thread, and see the answer stream',
    request: { type: 'threads.create', params: { input: message('help') } },
  },
  { label: 'List your threads', request: { type: 'threads.list', params: { limit: 20 } } },
  {
    label: 'Keep the id of the newest one',
    request: { type: 'threads.list', params: { limit: 1 } },
    keep: { variable: 'THREAD', pattern: 'thr_[0-9a-f]*' },
  },
  {
    label: 'Write another message to it',
    request: { type: 'threads.add_user_message', params: { thread_id: '$THREAD', input: message('workflow') } },
  },
  { label: 'Open it, with its items', request: { type: 'threads.get_by_id', params: { thread_id: '$THREAD' } } },
  {
    label: 'Keep the id of your first message',
    request: { type: 'threads.get_by_id', params: { thread_id: '$THREAD' } },
    keep: { variable: 'MESSAGE', pattern: 'msg_[0-9a-f]*' },
  },
  {
    label: 'Have that message answered again: what came after it is replaced',
    request: { type: 'threads.retry_after_item', params: { thread_id: '$THREAD', item_id: '$MESSAGE' } },
  },
  {
    label: 'Rename the thread',
    request: { type: 'threads.update', params: { thread_id: '$THREAD', title: 'Made with curl' } },
  },
  { label: 'Delete it', request: { type: 'threads.delete', params: { thread_id: '$THREAD' } } },
];

/**
 * Returns the commands, which must be pasted into one terminal in this order.
 * @param {string} origin such as `http://localhost:3000`
 */
export function curlCommands(origin) {
  return requests.map(({ label, request, keep }) => {
    // The shell expands variables only outside single quotes.
    const body = JSON.stringify(request).replace(/"\$(\w+)"/g, `"'$$$1'"`);
    const curl = `curl -sN ${origin}/chatkit \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
    return { label, command: keep ? `${keep.variable}=$(${curl} | grep -o '${keep.pattern}' | head -n 1)` : curl };
  });
}

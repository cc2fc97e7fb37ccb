import OpenAI from 'openai';
import { type HookEventInput, messageText, type ResumeTurn, type RespondTurn, type Turn } from 'chatkit-express';

const client = new OpenAI();

// #region background
interface Checkpoint {
  responseId: string;
  sequence: number;
  itemId: string;
}

type ResponseEvents = AsyncIterable<OpenAI.Responses.ResponseStreamEvent>;

async function* respond(turn: RespondTurn<unknown>) {
  const input = turn.input ? messageText(turn.input) : '';
  const request = { model: 'gpt-4.1-mini', input, background: true, stream: true } as const;
  const events = await client.responses.create(request, { signal: turn.signal });
  yield* write(turn, events, { responseId: '', sequence: -1, itemId: turn.generateId('message') });
}

async function* resume(turn: ResumeTurn<unknown>) {
  const at = turn.checkpointed as Checkpoint | undefined;
  if (!at) throw new Error('The process died before the model had begun');
  if (await isStored(turn, at.itemId)) return; // only the end of the run was missing
  const { responseId, sequence } = at;
  const request = { stream: true, starting_after: sequence } as const;
  const events = await client.responses.retrieve(responseId, request, { signal: turn.signal });
  yield* write(turn, events, at, textOf(turn));
}

async function* write(
  turn: Turn<unknown>,
  events: ResponseEvents,
  at: Checkpoint,
  said = '',
): AsyncGenerator<HookEventInput> {
  const base = { id: at.itemId, thread_id: turn.thread.id, created_at: new Date().toISOString() };
  const message = (text: string) => ({ ...base, type: 'assistant_message' as const, content: [{ text }] });
  let text = said;
  if (at.sequence < 0) yield { type: 'thread.item.added', item: message('') };
  for await (const event of events) {
    if (event.type === 'response.created') at.responseId = event.response.id;
    if (event.type === 'response.failed') throw new Error(event.response.error?.message ?? 'The model has failed');
    if (event.type === 'response.output_text.delta') {
      text += event.delta;
      const update = {
        type: 'assistant_message.content_part.text_delta' as const,
        content_index: 0,
        delta: event.delta,
      };
      yield { type: 'thread.item.updated', item_id: at.itemId, update };
    }
    turn.checkpoint({ ...at, sequence: event.sequence_number }); // after the events that it belongs to
  }
  yield { type: 'thread.item.done', item: message(text) };
}

/** Returns the text of the message as it was at the checkpoint. */
function textOf({ pending }: ResumeTurn<unknown>): string {
  const [item] = pending;
  return item?.type === 'assistant_message' ? item.content.map((part) => part.text).join('') : '';
}

async function isStored({ store, thread, context }: Turn<unknown>, itemId: string): Promise<boolean> {
  const page = await store.loadThreadItems(thread.id, { limit: 20, after: null, order: 'desc' }, context);
  return page.data.some(({ id }) => id === itemId);
}
// #endregion

export { respond, resume };

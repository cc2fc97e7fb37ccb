// The thread itself: its title, its status, and notes for the model.
import { hiddenContext, type HookEvents, titleFrom } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { say, textOf } from '../say';

/** Changing the thread is enough: it is saved, and `thread.updated` is sent after the next event. */
export function title(turn: MessageTurn): HookEvents {
  const [, wanted] = /\btitle\b\W*(.+)/is.exec(textOf(turn.input)) ?? [];
  turn.thread.title = titleFrom(wanted ?? '', 80) ?? `Renamed at ${new Date().toLocaleTimeString('en-GB')}`;
  return say(turn, `This thread is now called “${turn.thread.title}”. Write \`title\` and a name to choose one.`);
}

/** Locks the thread. The page shows the reason instead of the composer, and the server refuses messages. */
export async function* lock(turn: MessageTurn): HookEvents {
  yield* say(turn, 'This thread is locked now. Start a new one to go on.');
  turn.thread.status = { type: 'locked', reason: 'The demo locked this thread.' };
}

/** A hidden item is stored and given to the model, but never sent to a client. */
export async function* hidden(turn: MessageTurn): HookEvents {
  const query = { limit: 100, after: null, order: 'desc' as const };
  const { data: items } = await turn.store.loadThreadItems(turn.thread.id, query, turn.context);
  const note = items.find((item) => item.type === 'hidden_context_item');
  const content = `The user asked for a note at ${new Date().toISOString()}.`;
  yield hiddenContext(turn, content);
  const last = note ? `My last one said: ${JSON.stringify(note.content)}.` : 'Ask again, and I will read it to you.';
  yield* say(turn, `I wrote myself a note that you cannot see. ${last}`);
}

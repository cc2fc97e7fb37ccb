// Events other than the answer: progress, notices, effects on the page and the end of a turn.
import { type HookEvents, newItem } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { pause, say } from '../say';

/** Shows progress. The line disappears with the next item and is never stored. */
export async function* progress(turn: MessageTurn): HookEvents {
  yield { type: 'progress_update', icon: 'search', text: 'Looking through the shelves…' };
  await pause(turn, 50);
  yield { type: 'progress_update', icon: 'book-open', text: 'Reading the second chapter…' };
  await pause(turn, 50);
  yield { type: 'progress_update', icon: 'write', text: 'Writing it down…' };
  await pause(turn, 50);
  yield* say(turn, 'I looked, read and wrote; each step was a `progress_update`.');
}

/**
 * Shows messages from the application. Notices are not stored. The page shows one notice at a time, so the hook waits
 * until the user has had time to read the notice.
 */
export async function* notice(turn: MessageTurn): HookEvents {
  yield { type: 'notice', level: 'info', title: 'For your information', message: 'This is a notice.' };
  await pause(turn, 60);
  yield { type: 'notice', level: 'warning', message: 'You have used 80% of your **demo** quota.' };
  await pause(turn, 60);
  yield { type: 'notice', level: 'danger', title: 'Careful', message: 'This is the strongest of the three levels.' };
  await pause(turn, 60);
  yield* say(turn, 'Those were the three levels of a notice.');
}

const colours = ['#2563eb', '#c026d3', '#059669', '#ea580c'];

/** Sends an effect to the page. The page receives a `chatkit.effect` event (see page/page.js) and does not answer. */
export async function* effect(turn: MessageTurn): HookEvents {
  const colour = colours[Math.floor(Math.random() * colours.length)];
  yield { type: 'client_effect', name: 'change_colour', data: { colour } };
  yield* say(turn, `I asked the page to change its colour to \`${colour}\`.`);
}

/** Ends the turn before the stream ends. The page stops waiting, and later events still arrive. */
export async function* turn(turn: MessageTurn): HookEvents {
  yield* say(turn, 'That is all from me.');
  yield { type: 'thread.item.done', item: newItem(turn, 'end_of_turn') };
  await pause(turn, 60);
  yield* say(turn, 'One more thing, after the `end_of_turn`.');
}

// Every action of a widget, with the schema of its payload and the function that answers it. A new action is a row here.
import { type ActionMap, ChatKitError, defineAction, type HookEvents, type TypedActionTurn } from 'chatkit-express';
import { chartSchema, drawChart } from './answers/chart';
import { draftSchema, rewrite, send, sendSchema } from './answers/draft';
import { book, tripSchema } from './answers/form';
import { bookSchema, showBook } from './answers/list';
import { choiceSchema, choose, like, likeSchema } from './answers/widget';
import type { DemoContext } from './demo-turn';

/** The option `actions`. An unknown action and a bad payload are refused before a handler is called. */
export const actions: ActionMap<DemoContext> = {
  choose: defineAction({ payload: choiceSchema, handle: choose }),
  like: defineAction({ payload: likeSchema, handle: like }), // a sync action: its button has `streaming: false`
  remove: { handle: remove },
  'trip.book': defineAction({ payload: tripSchema, handle: book }),
  'book.show': defineAction({ payload: bookSchema, handle: showBook }),
  'chart.draw': defineAction({ payload: chartSchema, handle: drawChart }), // a sync action
  'draft.rewrite': defineAction({ payload: draftSchema, handle: rewrite }),
  'draft.send': defineAction({ payload: sendSchema, handle: send }),
};

/** Takes the widget away. */
async function* remove({ sender }: TypedActionTurn<DemoContext, unknown>): HookEvents {
  if (!sender) throw new ChatKitError('invalid_request', 'Only a widget can be removed.');
  yield { type: 'thread.item.removed', item_id: sender.id };
}

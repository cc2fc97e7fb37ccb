// Every action of a widget, what its payload must be, and what it does. A new action is a row here.
import { actions, ChatKitError, type HookEvents, type TypedActionTurn } from 'chatkit-express';
import { chartSchema, drawChart } from './answers/chart';
import { draftSchema, rewrite, send, sendSchema } from './answers/draft';
import { book, tripSchema } from './answers/form';
import { bookSchema, showBook } from './answers/list';
import { choiceSchema, choose, like, likeSchema } from './answers/widget';
import type { DemoContext } from './demo-turn';

/** The two hooks for actions. An unknown action and a bad payload are refused before a handler is called. */
export const { action, syncAction } = actions<DemoContext>()({
  choose: { payload: choiceSchema, handle: choose },
  like: { payload: likeSchema, handle: like }, // a sync action: its button has `streaming: false`
  remove: { handle: remove },
  'trip.book': { payload: tripSchema, handle: book },
  'book.show': { payload: bookSchema, handle: showBook },
  'chart.draw': { payload: chartSchema, handle: drawChart }, // a sync action
  'draft.rewrite': { payload: draftSchema, handle: rewrite },
  'draft.send': { payload: sendSchema, handle: send },
});

/** Takes the widget away. */
async function* remove({ sender }: TypedActionTurn<DemoContext, unknown>): HookEvents {
  if (!sender) throw new ChatKitError('invalid_request', 'Only a widget can be removed.');
  yield { type: 'thread.item.removed', item_id: sender.id };
}

// A widget with buttons, and what the buttons do. Each button's payload holds the state that the next card starts from.
import {
  type Action,
  type ActionTurn,
  ChatKitError,
  CustomStreamError,
  type HookEvents,
  streamWidget,
  type WidgetItem,
  type WidgetRoot,
} from 'chatkit-express';
import type { DemoContext, MessageTurn } from '../demo-turn';
import { newItem, say } from '../say';

const flavours = ['vanilla', 'lemon', 'pistachio'];

interface CardState {
  /** Empty until one was chosen. */
  chosen: string;
  likes: number;
}

function flavourCard({ chosen, likes }: CardState): WidgetRoot {
  const flavourButtons = flavours.map((flavour) => ({
    type: 'Button',
    label: flavour,
    style: flavour === chosen ? 'primary' : 'secondary',
    onClickAction: { type: 'choose', payload: { chosen: flavour, likes } },
  }));
  // With `streaming: false` the button waits for a JSON answer: it reaches `syncAction`, the others `action`.
  const likeAction = { type: 'like', payload: { chosen, likes }, streaming: false };
  // With the handler `client` the page gets the action, in `widgets.onAction`.
  const pageAction = { type: 'show_in_page', payload: { chosen }, handler: 'client' };
  return {
    type: 'Card',
    children: [
      { type: 'Title', value: 'Which ice cream?' },
      { type: 'Text', value: chosen === '' ? 'Nothing chosen yet.' : `You chose ${chosen}.` },
      { type: 'Row', wrap: 'wrap', children: flavourButtons },
      { type: 'Divider' },
      {
        type: 'Row',
        wrap: 'wrap',
        children: [
          { type: 'Button', label: `Like (${likes})`, iconStart: 'star', onClickAction: likeAction },
          { type: 'Button', label: 'Show in page', onClickAction: pageAction },
          { type: 'Button', label: 'Remove', variant: 'ghost', onClickAction: { type: 'remove' } },
        ],
      },
    ],
  };
}

export async function* widget(turn: MessageTurn): HookEvents {
  yield* say(turn, 'Every button of this card does something else.');
  const card = flavourCard({ chosen: '', likes: 0 });
  yield* streamWidget(turn.thread, card, {
    copyText: flavours.join(', '),
    generateId: (type) => turn.generateId(type),
  });
}

/** Answers a button with a stream, as `respond` answers a message. */
export async function* action(turn: ActionTurn<DemoContext>): HookEvents {
  const { action, sender } = turn;
  if (!sender) throw new CustomStreamError(`The action ${action.type} must come from a widget.`);
  if (action.type === 'remove') yield { type: 'thread.item.removed', item_id: sender.id };
  else if (action.type === 'choose') yield* choose(turn, sender);
  else throw new CustomStreamError(`This assistant does not know the action ${action.type}.`);
}

async function* choose(turn: ActionTurn<DemoContext>, sender: WidgetItem): HookEvents {
  const state = stateOf(turn.action);
  if (state.chosen === '') throw new CustomStreamError('There is no such flavour.');
  yield { type: 'thread.item.replaced', item: withCard(sender, state) };
  // The model does not see clicks. A hidden item tells it, and never reaches the client.
  const content = `The user chose ${state.chosen} on the card ${sender.id}.`;
  yield { type: 'thread.item.done', item: { ...newItem(turn), type: 'hidden_context_item', content } };
  yield* say(turn, `**${state.chosen}**: a good choice.`);
}

/** Answers a button with `streaming: false`: the new card takes the old one's place. */
export function syncAction({ action, sender }: ActionTurn<DemoContext>): { updated_item: WidgetItem } {
  if (!sender || action.type !== 'like') {
    throw new ChatKitError('invalid_request', `This assistant does not know the sync action ${action.type}`);
  }
  const { chosen, likes } = stateOf(action);
  return { updated_item: withCard(sender, { chosen, likes: likes + 1 }) };
}

function withCard(sender: WidgetItem, state: CardState): WidgetItem {
  return { ...sender, widget: flavourCard(state) };
}

/** The state in a payload. Anybody can send any payload, so nothing in it is believed unseen. */
function stateOf({ payload }: Action): CardState {
  const { chosen, likes } = Object(payload) as { chosen?: unknown; likes?: unknown };
  return {
    chosen: flavours.find((flavour) => flavour === chosen) ?? '',
    likes: typeof likes === 'number' && Number.isSafeInteger(likes) ? likes : 0,
  };
}

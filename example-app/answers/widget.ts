// A widget with buttons, and the handlers of their actions. The payload of each button contains the state of the card.
import {
  hiddenContext,
  type HookEvents,
  type ReplacedWidget,
  replaceWidget,
  streamWidget,
  type TypedActionTurn,
  type WidgetRoot,
} from 'chatkit-express';
import { Button, Card, Divider, Row, Text, Title } from 'chatkit-express/widgets';
import { z } from 'zod';
import type { DemoContext, MessageTurn } from '../demo-turn';
import { say } from '../say';

const flavours = ['vanilla', 'lemon', 'pistachio'] as const;

/** The schema of a payload. actions.ts checks each payload before a handler runs, because anybody can send one. */
export const choiceSchema = z.object({ chosen: z.enum(flavours), likes: z.int().min(0) });
/** Also accepts an empty choice, because nothing is chosen on the first card. */
export const likeSchema = choiceSchema.extend({ chosen: z.enum([...flavours, '']) });
type CardState = z.output<typeof likeSchema>;

function flavourCard({ chosen, likes }: CardState): WidgetRoot {
  // With `streaming: false` the button waits for a JSON answer from `syncAction`. Other actions call `action`.
  const likeAction = { type: 'like', payload: { chosen, likes }, streaming: false };
  // With the handler `client` the page receives the action in `widgets.onAction`.
  const pageAction = { type: 'show_in_page', payload: { chosen }, handler: 'client' as const };
  return Card({
    children: [
      Title({ value: 'Which ice cream?' }),
      Text({ value: chosen === '' ? 'Nothing chosen yet.' : `You chose ${chosen}.` }),
      Row({
        wrap: 'wrap',
        children: flavours.map((flavour) =>
          Button({
            label: flavour,
            style: flavour === chosen ? 'primary' : 'secondary',
            onClickAction: { type: 'choose', payload: { chosen: flavour, likes } },
          }),
        ),
      }),
      Divider(),
      Row({
        wrap: 'wrap',
        children: [
          Button({ label: `Like (${likes})`, iconStart: 'star', onClickAction: likeAction }),
          Button({ label: 'Show in page', onClickAction: pageAction }),
          Button({ label: 'Remove', variant: 'ghost', onClickAction: { type: 'remove' } }),
        ],
      }),
    ],
  });
}

export async function* widget(turn: MessageTurn): HookEvents {
  yield* say(turn, 'Every button of this card does something else.');
  const card = flavourCard({ chosen: '', likes: 0 });
  yield* streamWidget(turn.thread, card, {
    copyText: flavours.join(', '),
    generateId: (type) => turn.generateId(type),
  });
}

/** Answers an action with a stream, as `respond` answers a message. */
export async function* choose(turn: TypedActionTurn<DemoContext, z.output<typeof choiceSchema>>): HookEvents {
  const { payload, sender } = turn;
  yield* replaceWidget(turn, flavourCard(payload));
  // The model does not see clicks. A hidden item tells it, and never reaches the client.
  yield hiddenContext(turn, `The user chose ${payload.chosen} on the card ${sender?.id}.`);
  yield* say(turn, `**${payload.chosen}**: a good choice.`);
}

/** Answers an action with `streaming: false`. The new card replaces the old card. */
export function like(turn: TypedActionTurn<DemoContext, CardState>): ReplacedWidget {
  const { chosen, likes } = turn.payload;
  return replaceWidget(turn, flavourCard({ chosen, likes: likes + 1 }));
}

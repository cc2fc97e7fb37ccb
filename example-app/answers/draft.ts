// A draft that is written before the user's eyes, rewritten in its place, and sent. The user can edit it in the card.
import {
  type HookEvents,
  replaceWidget,
  streamWidget,
  type Turn,
  type TypedActionTurn,
  type WidgetRoot,
} from 'chatkit-express';
import { Card, Text, Title } from 'chatkit-express/widgets';
import { z } from 'zod';
import type { DemoContext, MessageTurn } from '../demo-turn';
import { pause, say } from '../say';

const drafts = [
  'Dear neighbours, on Saturday there will be music until ten. Come over, there is cake.',
  'Dear neighbours, we make music on Saturday. It ends at ten, and you are all invited.',
];

const draftText = (version: number): string => drafts[version % drafts.length] ?? '';

/** Which draft it is. The number comes from the button, so from anybody. */
export const draftSchema = z.object({ version: z.int().min(0).max(1000) });
/** With the text as the user left it in the card: the field is called `draft`. */
export const sendSchema = draftSchema.extend({ draft: z.string().max(2000).optional() });

/** While it is written, nothing can be pressed: the buttons come with the last state. */
function draftCard(value: string, version: number, streaming: boolean): WidgetRoot {
  return Card({
    asForm: true, // what is edited in it comes along with the action
    status: { text: streaming ? 'Writing…' : 'Ready', icon: 'notebook-pencil' },
    ...(!streaming && {
      confirm: { label: 'Send', action: { type: 'draft.send', payload: { version } } },
      cancel: { label: 'Rewrite', action: { type: 'draft.rewrite', payload: { version: version + 1 } } },
    }),
    children: [
      Title({ value: 'Letter', size: 'sm' }),
      // Text grows only in a component that has an id.
      Text({ id: 'draft', value, streaming, editable: !streaming && { name: 'draft', required: true } }),
    ],
  });
}

/** Whole cards; what takes them finds out what changed, and sends only that. */
async function* written(turn: Turn<DemoContext>, version: number): AsyncGenerator<WidgetRoot> {
  const draft = draftText(version);
  let text = '';
  yield draftCard(text, version, true);
  for (const word of draft.match(/\S+\s*/g) ?? []) {
    await pause(turn, 3);
    text += word;
    yield draftCard(text, version, true);
  }
  yield draftCard(text, version, false);
}

export async function* draft(turn: MessageTurn): HookEvents {
  yield* streamWidget(turn.thread, written(turn, 0), { generateId: (type) => turn.generateId(type) });
}

/** Writes another one into the same card. */
export function rewrite(turn: TypedActionTurn<DemoContext, z.output<typeof draftSchema>>): HookEvents {
  return replaceWidget(turn, written(turn, turn.payload.version));
}

export async function* send(turn: TypedActionTurn<DemoContext, z.output<typeof sendSchema>>): HookEvents {
  const text = turn.payload.draft ?? draftText(turn.payload.version);
  const sent = Card({ status: { text: 'Sent', icon: 'mail' }, children: [Text({ value: text })] });
  yield* replaceWidget(turn, sent);
  yield* say(turn, 'It is on its way.');
}

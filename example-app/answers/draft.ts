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

/** The number of the draft. It is checked, because a client can send any number. */
export const draftSchema = z.object({ version: z.int().min(0).max(1000) });
/** The payload of the button that sends, with the text that the user edited in the field `draft`. */
export const sendSchema = draftSchema.extend({ draft: z.string().max(2000).optional() });

/** Returns the card. Only the last state has buttons, so that the user cannot press them while the draft is written. */
function draftCard(value: string, version: number, streaming: boolean): WidgetRoot {
  return Card({
    asForm: true, // the action's payload contains the edited text
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

/** Yields whole cards. The receiver compares them and sends only the changes. */
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

/** Writes another draft into the same card. */
export function rewrite(turn: TypedActionTurn<DemoContext, z.output<typeof draftSchema>>): HookEvents {
  return replaceWidget(turn, written(turn, turn.payload.version));
}

export async function* send(turn: TypedActionTurn<DemoContext, z.output<typeof sendSchema>>): HookEvents {
  const text = turn.payload.draft ?? draftText(turn.payload.version);
  const sent = Card({ status: { text: 'Sent', icon: 'mail' }, children: [Text({ value: text })] });
  yield* replaceWidget(turn, sent);
  yield* say(turn, 'It is on its way.');
}

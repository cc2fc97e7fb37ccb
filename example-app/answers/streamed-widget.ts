// A widget that grows while the user looks at it.
import { type HookEvents, streamWidget, type WidgetRoot } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { pause } from '../say';

const lines = [
  'The words arrive in single file,',
  'each with a *delta* and a smile;',
  'the card stays put for all the while.',
];

/** The card with `value` in it. Text grows only in a Text or Markdown component that has an id. */
function poemCard(value: string, streaming: boolean): WidgetRoot {
  return {
    type: 'Card',
    status: { text: streaming ? 'Writing…' : 'Done', icon: 'write' },
    children: [{ type: 'Markdown', id: 'poem', value, streaming }],
  };
}

/** Yields whole cards. `streamWidget` compares them and sends only the changes. */
export async function* poem(turn: MessageTurn): HookEvents {
  async function* states() {
    let text = '';
    yield poemCard(text, true);
    for (const word of lines.join('  \n').match(/\S+\s*/g) ?? []) {
      await pause(turn, 5);
      text += word;
      yield poemCard(text, true);
    }
    yield poemCard(text, false);
  }
  yield* streamWidget(turn.thread, states(), {
    copyText: lines.join('\n'),
    generateId: (type) => turn.generateId(type),
  });
}

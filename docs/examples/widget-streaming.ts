import { diffWidget, type HookEventInput, type RespondTurn, streamWidget, type WidgetRoot } from 'chatkit-express';

// #region stream
function draft(value: string, streaming: boolean): WidgetRoot {
  return {
    type: 'Card',
    children: [
      { type: 'Title', value: 'Your letter' },
      { type: 'Markdown', id: 'letter', value, streaming },
    ],
  };
}

async function* states(words: AsyncIterable<string>): AsyncGenerator<WidgetRoot> {
  let text = '';
  yield draft(text, true);
  for await (const word of words) yield draft((text += word), true);
  yield draft(text, false);
}

export async function* writeLetter(
  { thread, generateId }: RespondTurn<unknown>,
  words: AsyncIterable<string>,
): AsyncGenerator<HookEventInput> {
  yield* streamWidget(thread, states(words), { generateId });
}
// #endregion

// #region diff
const updates = diffWidget(draft('Dear', true), draft('Dear Ada', true));
// [{ type: 'widget.streaming_text.value_delta', component_id: 'letter', delta: ' Ada', done: false }]
// #endregion

export { updates };

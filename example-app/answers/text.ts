// Text: streamed word by word, with sources, and changed after it was said.
import { type Annotation, type HookEvents, newItem } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { pause, say } from '../say';

const story =
  'A server got a question. It did not know the answer, so it asked a model, and while the model was thinking, the ' +
  'server sent every word as soon as it had one. The page showed the words as they came.\n\n' +
  'Half way through, somebody pressed **Stop**. The connection closed, the `signal` was aborted, and what had been ' +
  'said so far was kept, together with a note to the model that the answer was cut off.\n\n' +
  'Nobody pressed Stop this time, so the story ends here.';

export function stream(turn: MessageTurn): HookEvents {
  return say(turn, story);
}

/** The page shows a Stop button unless `stream_options` says otherwise. */
export async function* unstoppable(turn: MessageTurn): HookEvents {
  yield { type: 'stream_options', stream_options: { allow_cancel: false } };
  yield* say(turn, 'There is no Stop button under this answer. That suits work which must not be left half done.');
}

/**
 * Cites sources. `index` is the number of characters before the mark. The page also lists the sources below the answer.
 */
export function sources(turn: MessageTurn): HookEvents {
  const first = 'ChatKit can be served from a server of your own.';
  const text = `${first} The notes say how. Ada has read both.`;
  const annotations: Annotation[] = [
    {
      type: 'annotation',
      index: first.length,
      source: {
        type: 'url',
        title: 'ChatKit',
        url: 'https://platform.openai.com/docs/guides/chatkit',
        attribution: 'OpenAI',
      },
    },
    {
      type: 'annotation',
      index: text.indexOf(' Ada'),
      source: { type: 'file', title: 'Meeting notes', filename: 'notes.pdf', description: 'Page 3' },
    },
    {
      type: 'annotation',
      index: text.length,
      source: { type: 'entity', id: 'person_ada', title: 'Ada', icon: 'user', interactive: true, data: {} },
    },
  ];
  return say(turn, text, annotations);
}

/** An item that is done can still be replaced or removed, on the page and in the store. */
export async function* replace(turn: MessageTurn): HookEvents {
  const wrong = { ...newItem(turn, 'assistant_message'), content: [{ text: 'Two and two are five.' }] };
  yield { type: 'thread.item.done', item: wrong };
  const aside = { ...newItem(turn, 'assistant_message'), content: [{ text: 'This line goes away.' }] };
  yield { type: 'thread.item.done', item: aside };
  await pause(turn, 40);
  yield { type: 'thread.item.replaced', item: { ...wrong, content: [{ text: 'Two and two are four.' }] } };
  yield { type: 'thread.item.removed', item_id: aside.id };
}

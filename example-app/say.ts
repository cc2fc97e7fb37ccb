// The small parts that answers are made of: a new item, a pause that ends when the user presses Stop, streamed text.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Annotation, HookEvents, ItemIdType, UserMessageItem } from 'chatkit-express';
import type { DemoTurn } from './demo-turn';

/** What every item begins with. */
export function newItem(turn: DemoTurn, idType: ItemIdType = 'message') {
  return { id: turn.generateId(idType), thread_id: turn.thread.id, created_at: new Date().toISOString() };
}

/** Waits, as a model would make us wait. Rejects at once when the run is cancelled, which ends the hook as well. */
export async function pause(turn: DemoTurn, words = 1): Promise<void> {
  await sleep(words * turn.context.pauseMs, undefined, { signal: turn.signal });
}

/** One message of the assistant, word by word. Markdown is fine. The sources in `annotations` are added at the end. */
export async function* say(turn: DemoTurn, text: string, annotations: Annotation[] = []): HookEvents {
  const item = { ...newItem(turn), type: 'assistant_message' as const };
  const item_id = item.id;

  // The item and its only content part, both empty. A delta to a part that was never added is lost.
  yield { type: 'thread.item.added', item: { ...item, content: [] } };
  yield {
    type: 'thread.item.updated',
    item_id,
    update: {
      type: 'assistant_message.content_part.added',
      content_index: 0,
      content: { type: 'output_text', text: '', annotations: [] },
    },
  };

  for (const word of text.match(/\S+\s*/g) ?? []) {
    await pause(turn);
    yield {
      type: 'thread.item.updated',
      item_id,
      update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: word },
    };
  }

  for (const [annotation_index, annotation] of annotations.entries()) {
    yield {
      type: 'thread.item.updated',
      item_id,
      update: {
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index,
        annotation,
      },
    };
  }

  // Done: the whole part, then the whole item. Only the item is stored.
  const content = { type: 'output_text' as const, text, annotations };
  yield {
    type: 'thread.item.updated',
    item_id,
    update: { type: 'assistant_message.content_part.done', content_index: 0, content },
  };
  yield { type: 'thread.item.done', item: { ...item, content: [content] } };
}

/** What the user wrote. A mention of an entity counts as its name. */
export function textOf({ content }: UserMessageItem): string {
  return content
    .map((part) => part.text)
    .join('')
    .trim();
}

// Mentions in the composer: the entities after an @, and the chosen entity.
import { useState } from 'react';
import type { PlaygroundEntity } from '../../../src/playground/config';
import { mentionAt, mentionOf } from '../protocol/message-content';

export interface Mentions {
  /** The entities that match the @ at the caret. */
  offered: readonly PlaygroundEntity[];
  active: number;
  move: (by: number) => void;
  /** The caret moved, or the text changed. */
  look: (text: string, caret: number) => void;
  close: () => void;
  /** The text with the mention written out, and where the caret belongs then. */
  take: (entity: PlaygroundEntity, text: string, caret: number) => { text: string; caret: number };
}

export function useMentions(entities: readonly PlaygroundEntity[]): Mentions {
  const [query, setQuery] = useState<string>();
  const [active, setActive] = useState(0);
  const offered =
    query === undefined
      ? []
      : entities.filter(({ title }) => title.toLowerCase().startsWith(query.toLowerCase())).slice(0, 8);
  return {
    offered,
    active: Math.min(active, Math.max(offered.length - 1, 0)),
    move: (by) => setActive((before) => (before + by + offered.length) % Math.max(offered.length, 1)),
    look(text, caret) {
      const found = mentionAt(text, caret)?.query;
      if (found !== query) setActive(0);
      setQuery(found);
    },
    close: () => setQuery(undefined),
    take(entity, text, caret) {
      const start = mentionAt(text, caret)?.start ?? caret;
      const written = `${mentionOf(entity)} `;
      setQuery(undefined);
      return { text: text.slice(0, start) + written + text.slice(caret), caret: start + written.length };
    },
  };
}

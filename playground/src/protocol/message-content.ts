// A composer's text as a message's content: mentions become tags.
import type { PlaygroundEntity } from '../../../src/playground/config';
import type { MessageInput } from './wire';

/** How a mention is written in the composer. */
export const mentionOf = ({ title }: Pick<PlaygroundEntity, 'title'>): string => `@${title}`;

export interface Segment {
  text: string;
  entity?: PlaygroundEntity;
}

/** The text, split where it mentions one of these entities. A longer name wins over one that it begins with. */
export function segmentsOf(text: string, entities: readonly PlaygroundEntity[]): Segment[] {
  const byLength = [...entities].sort((one, other) => other.title.length - one.title.length);
  const segments: Segment[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') segments.push({ text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length;) {
    const entity =
      text[at] === '@' ? byLength.find((candidate) => text.startsWith(mentionOf(candidate), at)) : undefined;
    if (entity) {
      flush();
      segments.push({ text: mentionOf(entity), entity });
      at += mentionOf(entity).length;
    } else {
      plain += text[at++] ?? '';
    }
  }
  flush();
  return segments;
}

/** The content to send. A tag carries its id, text, data, group and whether it can be clicked. */
export function contentOf(text: string, mentioned: readonly PlaygroundEntity[]): MessageInput['content'] {
  return segmentsOf(text.trim(), mentioned).map(({ text: words, entity }) =>
    entity
      ? {
          type: 'input_tag' as const,
          id: entity.id,
          text: entity.title,
          data: entity.data ?? {},
          group: entity.group,
          interactive: entity.interactive ?? false,
        }
      : { type: 'input_text' as const, text: words },
  );
}

/** The mention that is being written at this place of the text: where it begins and what was written after the @. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | undefined {
  const before = text.slice(0, caret);
  const [, query] = /(?:^|\s)@([^\s@]*)$/.exec(before) ?? [];
  return query === undefined ? undefined : { start: caret - query.length - 1, query };
}

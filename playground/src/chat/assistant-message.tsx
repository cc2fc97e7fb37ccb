// The text of an answer, while it grows and when it is done.
import { useDeferredValue, useId, useMemo, useState } from 'react';
import type { ItemOf } from '../protocol/wire';
import { type Mark, Markdown } from '../sanitize/markdown';
import { numberOf, SourceList, sourcesOf } from './sources';

type Part = ItemOf<'assistant_message'>['content'][number];

interface AssistantMessageProps {
  item: ItemOf<'assistant_message'>;
  streaming: boolean;
  imageDomains?: readonly string[];
}

export function AssistantMessage({ item, streaming, imageDomains }: AssistantMessageProps) {
  return (
    <div className="assistant-message" data-streaming={streaming} data-quotable>
      {item.content.map((part, index) => (
        <MessagePart key={index} part={part} imageDomains={imageDomains} />
      ))}
    </div>
  );
}

function MessagePart({ part, imageDomains }: { part: Part; imageDomains?: readonly string[] }) {
  // A long text is parsed again for every word: between words, when there is time.
  const text = useDeferredValue(part.text);
  const [current, setCurrent] = useState<number>();
  const heading = useId();
  const annotations = useMemo(() => part.annotations ?? [], [part.annotations]);
  const sources = useMemo(() => sourcesOf(annotations), [annotations]);
  const marks = useMemo(
    () =>
      annotations.flatMap(({ index, source }): Mark[] => {
        if (index === undefined) return [];
        const number = numberOf(source, sources);
        return [{ index, number, label: `Source ${number}: ${source.title}` }];
      }),
    [annotations, sources],
  );
  return (
    <>
      <Markdown text={text} marks={marks} onMark={setCurrent} imageDomains={imageDomains} />
      {sources.length > 0 && (
        <section className="source-box" aria-labelledby={heading}>
          <h3 id={heading}>Sources</h3>
          <SourceList sources={sources} current={current} />
        </section>
      )}
    </>
  );
}

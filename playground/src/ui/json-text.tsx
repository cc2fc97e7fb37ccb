// Shows JSON with syntax colours.
import { memo } from 'react';

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** The number of characters that get colours. It is limited because each coloured part is an element of the page. */
const mostCharacters = 20_000;

/** Shows the value, indented. For text that is not JSON, pass `undefined` and the text as `raw`. */
export const JsonText = memo(function JsonText({ value, raw }: { value: unknown; raw?: string }) {
  const text = value === undefined ? (raw ?? '') : JSON.stringify(value, null, 2);
  return (
    <pre className="json" tabIndex={0}>
      {value === undefined ? text : paint(text.slice(0, mostCharacters))}
      {value !== undefined && text.slice(mostCharacters)}
    </pre>
  );
});

function paint(text: string) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [all, string, colon, word] = match;
    parts.push(text.slice(end, match.index));
    const kind = string ? (colon ? 'key' : 'string') : word ? 'word' : 'number';
    parts.push(
      <span key={match.index} className={`json-${kind}`}>
        {string && colon ? string : all}
      </span>,
    );
    if (colon) parts.push(colon);
    end = match.index + all.length;
  }
  return [...parts, text.slice(end)];
}

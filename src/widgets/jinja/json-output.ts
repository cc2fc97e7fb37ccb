// Joins the output of a template to JSON, so that data is only ever the content of a string.
import { countCharacters, countSteps } from './steps';
import type { Piece } from './text';
import { RenderError } from './values';

/**
 * Returns the output as JSON text. Data within quotes is escaped. Data outside of quotes could add keys and
 * components, so it is refused, and so is JSON within quotes that would end them.
 * @throws RenderError that names the misplaced output.
 */
export function joinAsJson(pieces: readonly Piece[]): string {
  let json = '';
  let inString = false;
  let escaped = false;
  for (const { text, source } of pieces) {
    countSteps();
    countCharacters(text.length);
    if (text === '') continue;
    if (source !== 'template' && escaped) throw misplaced(text, 'after a backslash');
    if (source === 'data') {
      if (!inString) throw misplaced(text, 'outside of quotes: add `| tojson`');
      json += JSON.stringify(text).slice(1, -1);
      continue;
    }
    json += text;
    if (source !== 'template') {
      const isRight = (source === 'json' && !inString) || isJson(inString ? `"${text}"` : text);
      if (!isRight) throw misplaced(text, inString ? 'inside of quotes: leave them or `tojson` out' : 'in part');
      continue;
    }
    for (const character of text) {
      if (escaped) escaped = false;
      else if (character === '"') inString = !inString;
      else if (character === '\\') escaped = inString;
    }
  }
  return json;
}

function misplaced(text: string, where: string): RenderError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new RenderError(`the value ${JSON.stringify(shown)} is printed ${where}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

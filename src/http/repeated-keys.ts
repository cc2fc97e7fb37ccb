// Finds an object that has a key twice. JSON.parse keeps the last value without an error. A proxy that checks the first
// value and a server that uses the last value would then see different requests.

/** An array or an object that is open at the current position of the text. */
interface Level {
  /** The keys that were read so far. Null for an array. */
  keys: Set<string> | null;
  /** The key or the index of the value that is being read. */
  at: string | number;
}

/** Returns the path of the first key that an object has twice, or undefined. `text` must be JSON. */
export function findRepeatedKey(text: string): (string | number)[] | undefined {
  const levels: Level[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '{':
        levels.push({ keys: new Set(), at: '' });
        expectsKey = true;
        break;
      case '[':
        levels.push({ keys: null, at: 0 });
        expectsKey = false;
        break;
      case '}':
      case ']':
        levels.pop();
        expectsKey = false;
        break;
      case ',':
        expectsKey = level?.keys !== null;
        if (level && typeof level.at === 'number') level.at++;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (expectsKey && level?.keys) {
          level.at = JSON.parse(text.slice(at, end + 1)) as string;
          if (level.keys.has(level.at)) return levels.map((each) => each.at);
          level.keys.add(level.at);
          expectsKey = false;
        }
        at = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Returns the position of the quote that closes the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

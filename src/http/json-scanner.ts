// Reads the structure of a JSON text while its bytes arrive: how much there is of everything, and where the audio of a
// dictation lies. It never builds a value, so that a body costs its bytes only until it is known to be within the limits.
//
// Of the tokenizers on npm that read incrementally, @streamparser/json takes six times as long as JSON.parse for a list
// of short strings, jsonparse five times, and clarinet takes strings instead of bytes and nearly three times as long.

/** The most a JSON text may hold. */
export interface ScanLimits {
  /** How deep arrays and objects may nest. */
  maxDepth: number;
  /** How many keys and list entries the text may have, at all depths together. */
  maxEntries: number;
}

/** A reason to refuse the text. `path` leads to the value at fault, as far as the scanner knows it. */
export interface ScanFault {
  path: string[];
  message: string;
}

const quote = 0x22;
const backslash = 0x5c;
/** A search by the engine costs as much as a loop over so many bytes. */
const shortString = 64;

/** Only the keys of the two outermost objects are remembered. */
const namedDepth = 2;

/**
 * Scans one JSON text, chunk by chunk. Does not check the syntax: a text that passes must still be parsed. In a text
 * that is not JSON, the counts mean nothing, and the parser refuses the text later.
 */
export class JsonScanner {
  /** How many keys the text has so far. */
  keys = 0;
  /** How many bytes of the text are inside the string `params.audio_base64`. */
  audioBytes = 0;
  /** The part of the last chunk that is inside that string: its first byte, and the byte after its last. */
  audioStart = 0;
  audioEnd = 0;
  /** The top-level `type`, once its string is complete. */
  type: string | undefined;
  /** The first fault that was found. */
  fault: ScanFault | undefined;

  readonly #limits: ScanLimits;
  #depth = 0;
  #entries = 0;
  /** For each depth, 1 when the open value is an object. A plain list, because small requests open few values. */
  readonly #isObject: (0 | 1)[] = [0];
  /** For the outermost depths, the key whose value is being read: a part of a chunk, because few keys are ever decoded. */
  readonly #names = [noName, noName, noName];
  readonly #seen: string[] = [];
  #expectsKey = false;
  #inString = false;
  #isAfterBackslash = false;
  /** The string that is being read: a key of interest, the value of `type`, the audio, or one of no interest. */
  #role: 'none' | 'key' | 'type' | 'audio' = 'none';
  /** The bytes of a string of interest that earlier chunks have brought. */
  #carried: Buffer[] = [];
  #nextBackslash = -1;

  constructor(limits: ScanLimits) {
    this.#limits = limits;
  }

  write(chunk: Buffer): void {
    this.audioStart = this.audioEnd = 0;
    this.#nextBackslash = -1;
    let at = 0;
    if (this.#inString) at = this.#string(chunk, 0);
    while (at < chunk.length && !this.fault) {
      switch (chunk[at++]) {
        case quote:
          this.#inString = true;
          this.#role = this.#depth <= namedDepth ? this.#roleOfString() : 'none';
          at = this.#string(chunk, at);
          break;
        case 0x3a: // :
          this.keys++;
          break;
        case 0x2c: // ,
          this.#expectsKey = this.#isObject[this.#depth] === 1;
          this.#count();
          break;
        case 0x7b: // {
          this.#open(1);
          break;
        case 0x5b: // [
          this.#open(0);
          break;
        case 0x7d: // }
        case 0x5d: // ]
          if (this.#depth > 0) this.#depth--;
          this.#expectsKey = false;
          break;
        default:
      }
    }
  }

  #open(isObject: 0 | 1): void {
    if (this.#depth === this.#limits.maxDepth) {
      this.fault = { path: this.#path(), message: `nests deeper than ${this.#limits.maxDepth} levels` };
      return;
    }
    this.#isObject[++this.#depth] = isObject;
    this.#expectsKey = isObject === 1;
    this.#count();
  }

  #count(): void {
    if (++this.#entries <= this.#limits.maxEntries) return;
    this.fault = { path: [], message: `has more than ${this.#limits.maxEntries} keys and list entries` };
  }

  #path(): string[] {
    const names = this.#names.slice(1, Math.min(this.#depth, namedDepth) + 1);
    return names.filter(({ end }) => end > 0).map(({ bytes, start, end }) => decode(bytes.subarray(start, end)));
  }

  #roleOfString(): 'none' | 'key' | 'type' | 'audio' {
    if (this.#expectsKey) return 'key';
    if (this.#isObject[1] !== 1) return 'none';
    if (this.#depth === 1) return this.#isNamed(1, 'type') ? 'type' : 'none';
    if (this.#isObject[2] !== 1) return 'none';
    return this.#isNamed(1, 'params') && this.#isNamed(2, 'audio_base64') ? 'audio' : 'none';
  }

  /** Reads on inside a string. Returns the position after its closing quote, or the end of the chunk. */
  #string(chunk: Buffer, start: number): number {
    const end = this.#endOfString(chunk, start);
    const isComplete = end < chunk.length;
    if (this.#role === 'audio') {
      this.audioStart = start;
      this.audioEnd = end;
      this.audioBytes += end - start;
    } else if (this.#role !== 'none') {
      this.#text(chunk, { start, end, isComplete });
    }
    if (!isComplete) return end;
    this.#inString = false;
    this.#expectsKey = false;
    return end + 1;
  }

  /** The position of the closing quote, or the end of the chunk. */
  #endOfString(chunk: Buffer, start: number): number {
    const { length } = chunk;
    let at = start;
    if (this.#isAfterBackslash && at < length) {
      this.#isAfterBackslash = false;
      at++;
    }
    for (;;) {
      let near = Math.min(length, at + shortString);
      for (; at < near; at++) {
        const byte = chunk[at] as number;
        if (byte > backslash) continue; // most letters
        if (byte === quote) return at;
        if (byte !== backslash) continue;
        at++; // the character that is escaped
        near = Math.min(length, at + shortString); // where there is one escape sequence, there are more
        if (at === length) this.#isAfterBackslash = true;
      }
      if (at >= length) return length;
      if (this.#nextBackslash < at) this.#nextBackslash = indexOr(length, chunk.indexOf(backslash, at));
      const found = indexOr(length, chunk.indexOf(quote, at));
      if (found <= this.#nextBackslash) return found;
      at = this.#nextBackslash;
    }
  }

  /** Takes a part of a key or of the type. */
  #text(chunk: Buffer, { start, end, isComplete }: { start: number; end: number; isComplete: boolean }): void {
    let bytes: Buffer = chunk;
    let [first, last] = [start, end];
    if (!isComplete || this.#carried.length > 0) {
      this.#carried.push(Buffer.from(chunk.subarray(start, end)));
      if (!isComplete) return;
      bytes = Buffer.concat(this.#carried);
      this.#carried = [];
      [first, last] = [0, bytes.length];
    }
    if (this.#role === 'type') {
      this.type ??= decode(bytes.subarray(first, last));
      return;
    }
    if (this.#depth > namedDepth) return;
    let name = this.#names[this.#depth];
    if (!name || name === noName) this.#names[this.#depth] = name = { ...noName };
    name.bytes = bytes;
    name.start = first;
    name.end = last;
    if (this.#depth === 1) {
      this.#checkRepeated('type');
      this.#checkRepeated('params');
    } else if (this.#isNamed(1, 'params')) this.#checkRepeated('audio_base64');
  }

  #checkRepeated(word: string): void {
    if (!this.#isNamed(this.#depth, word)) return;
    if (this.#seen.includes(word)) this.fault = { path: this.#path(), message: 'the key is repeated' };
    this.#seen.push(word);
  }

  #isNamed(depth: number, word: string): boolean {
    const { bytes, start, end } = this.#names[depth] ?? noName;
    // An escape sequence has six bytes for one, so a longer text without any is another word.
    if (end - start < word.length || end - start > word.length * 6) return false;
    for (let at = 0; at < word.length; at++) {
      const byte = bytes[start + at];
      if (byte === backslash) return decode(bytes.subarray(start, end)) === word;
      if (byte !== word.charCodeAt(at)) return false;
    }
    return end - start === word.length;
  }
}

const noName: { bytes: Buffer; start: number; end: number } = { bytes: Buffer.alloc(0), start: 0, end: 0 };

function indexOr(fallback: number, index: number): number {
  return index === -1 ? fallback : index;
}

/** The longest text in a path, in bytes. A key can be as long as the body. */
const maxNameBytes = 100;

/** The text of a JSON string without its quotes. Of a long one, its beginning. */
function decode(bytes: Buffer): string {
  // Every name that matters is shorter, also when each of its characters is escaped.
  if (bytes.length > maxNameBytes || !bytes.includes(backslash)) return bytes.toString('utf8', 0, maxNameBytes);
  try {
    return JSON.parse(`"${bytes.toString('utf8')}"`) as string;
  } catch {
    return ''; // not JSON, as the parser will find out
  }
}

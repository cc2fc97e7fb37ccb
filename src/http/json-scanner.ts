// Reads the structure of a JSON text while its bytes arrive: counts the values, and finds the audio of a dictation. The
// scanner never builds a value, so that an oversized body costs only its bytes before it is refused.
//
// Of the tokenizers on npm that read incrementally, @streamparser/json takes six times as long as JSON.parse for a list
// of short strings, jsonparse takes five times as long, and clarinet takes strings instead of bytes and nearly three
// times as long.

/** The limits of a JSON text. */
export interface ScanLimits {
  /** How deep arrays and objects may nest. */
  maxDepth: number;
  /** The maximum number of keys and list entries of the text, at all depths together. */
  maxEntries: number;
}

/** A reason to refuse the text. `path` names the faulty value, as far as the scanner knows the path. */
export interface ScanFault {
  path: string[];
  message: string;
}

const quote = 0x22;
const backslash = 0x5c;
/** The number of bytes for which a loop costs as much as one native search. */
const shortString = 64;

/** Only the keys of the two outermost objects are remembered. */
const namedDepth = 2;

/**
 * Scans one JSON text, chunk by chunk. Does not check the syntax, so that an accepted text must still be parsed. The
 * counts of a text that is not JSON mean nothing, and the parser refuses the text later.
 */
export class JsonScanner {
  /** How many keys the text has so far. */
  keys = 0;
  /** How many bytes of the text are inside the string `params.audio_base64`. */
  audioBytes = 0;
  /** The part of the last chunk that is inside that string: its first byte, and the byte after its last byte. */
  audioStart = 0;
  audioEnd = 0;
  /** The top-level `type`, once its string is complete. */
  type: string | undefined;
  /** The first fault that was found. */
  fault: ScanFault | undefined;

  readonly #limits: ScanLimits;
  #depth = 0;
  #entries = 0;
  /**
   * One entry per depth: 1 when the open value is an object. A plain list is used because small requests open few
   * values.
   */
  readonly #isObject: (0 | 1)[] = [0];
  /**
   * The key whose value is being read, for each of the outermost depths. The key is kept as a part of a chunk, because
   * few keys are ever decoded.
   */
  readonly #names = [noName, noName, noName];
  readonly #seen: string[] = [];
  #expectsKey = false;
  #inString = false;
  #isAfterBackslash = false;
  /**
   * The kind of the string that is being read: a key of interest, the value of `type`, the audio, or any other string.
   */
  #role: 'none' | 'key' | 'type' | 'audio' = 'none';
  /** The bytes of a string of interest that arrived in earlier chunks. */
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

  /** Continues inside a string. Returns the position after its closing quote, or the end of the chunk. */
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

  /** Returns the position of the closing quote, or the end of the chunk. */
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
        at++; // skips the escaped character
        near = Math.min(length, at + shortString); // escape sequences often follow each other
        if (at === length) this.#isAfterBackslash = true;
      }
      if (at >= length) return length;
      if (this.#nextBackslash < at) this.#nextBackslash = indexOr(length, chunk.indexOf(backslash, at));
      const found = indexOr(length, chunk.indexOf(quote, at));
      if (found <= this.#nextBackslash) return found;
      at = this.#nextBackslash;
    }
  }

  /** Keeps a part of a key or of the type. */
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
    // An escape sequence takes at most six bytes per character, so that a longer text cannot be the word.
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

/** The maximum size of a text in a path, in bytes. A key can be as long as the body. */
const maxNameBytes = 100;

/** Returns the text of a JSON string without its quotes. Returns only the beginning of a long text. */
function decode(bytes: Buffer): string {
  // Every name of interest is shorter, even when each of its characters is escaped.
  if (bytes.length > maxNameBytes || !bytes.includes(backslash)) return bytes.toString('utf8', 0, maxNameBytes);
  try {
    return JSON.parse(`"${bytes.toString('utf8')}"`) as string;
  } catch {
    return ''; // the text is not JSON, which the parser will report
  }
}

// Collects the bytes of a request's JSON while they arrive, and parses them once they are known to be within the
// limits.
import { isUtf8 } from 'node:buffer';
import { ChatKitError } from '../errors';
import { measureJson } from '../server';
import { DictatedAudio } from './dictated-audio';
import { JsonScanner } from './json-scanner';
import { findRepeatedKey } from './repeated-keys';

/** The limits of a body. */
export interface BodyLimits {
  /** The size in bytes, without the audio of a dictation. */
  maxBodyBytes: number;
  /** The number of bytes that the audio of a dictation may take as base64. 0 when dictation is not accepted. */
  maxDictationBytes: number;
  /** How deep arrays and objects may nest. */
  maxDepth: number;
  /** The maximum number of keys and list entries, at all depths together. */
  maxEntries: number;
}

/** A body that was read and parsed. */
export interface Body {
  /** The parsed JSON. */
  value: unknown;
  /**
   * The audio of a dictation that was decoded while it arrived. `params.audio_base64` of the value is empty then.
   * Undefined for every other body, and for audio that is not base64.
   */
  audio?: Buffer | undefined;
}

/** A chunk, and the part of the chunk that is audio. */
interface Chunk {
  bytes: Buffer;
  audioStart: number;
  audioEnd: number;
}

/**
 * Collects a body. Only the audio of a dictation may make a body larger than `maxBodyBytes`, at any position in the
 * body. The audio of a larger body is decoded while it arrives, and JSON.parse reads the rest.
 */
export class BodyText {
  readonly #limits: BodyLimits;
  readonly #scanner: JsonScanner;
  readonly #announced: number;
  /** The size so far, in bytes. */
  #size = 0;
  #chunks: Chunk[] = [];
  /** The audio of a body that is larger than `maxBodyBytes`. Then `#chunks` contains the rest of the body. */
  #audio: DictatedAudio | undefined;

  /** @param announced The size of the whole body in bytes, if the request declares it. */
  constructor(limits: BodyLimits, announced = 0) {
    this.#limits = limits;
    this.#announced = announced;
    this.#scanner = new JsonScanner(limits);
  }

  /** Adds the next bytes without a copy. Call {@link exceededLimit} after each call. */
  write(bytes: Buffer): void {
    const scanner = this.#scanner;
    const isScanned = !scanner.fault; // a body with a fault is refused in any case
    if (isScanned) scanner.write(bytes);
    const [audioStart, audioEnd] = isScanned ? [scanner.audioStart, scanner.audioEnd] : [0, 0];
    this.#size += bytes.length;
    const chunk = { bytes, audioStart, audioEnd };
    if (this.#audio) this.#cut(chunk);
    else if (this.#size <= this.#limits.maxBodyBytes) this.#chunks.push(chunk);
    else {
      const chunks = [...this.#chunks, chunk];
      this.#chunks = [];
      const { maxDictationBytes: max, maxBodyBytes: maxParsed } = this.#limits;
      this.#audio = new DictatedAudio({ expected: this.#announced, max, maxParsed });
      for (const each of chunks) this.#cut(each);
    }
  }

  #cut({ bytes, audioStart, audioEnd }: Chunk): void {
    const rest = (start: number, end: number) => {
      if (start < end) this.#chunks.push({ bytes: bytes.subarray(start, end), audioStart: 0, audioEnd: 0 });
    };
    rest(0, audioStart);
    if (audioEnd > audioStart) this.#audio?.write(bytes.subarray(audioStart, audioEnd));
    rest(audioEnd, bytes.length);
  }

  /**
   * Returns the limit that the body exceeds, in bytes, or undefined. A body may be a dictation until its type was read.
   */
  exceededLimit(): number | undefined {
    const { maxBodyBytes, maxDictationBytes } = this.#limits;
    const { type, fault, audioBytes } = this.#scanner;
    const mayBeDictation = maxDictationBytes > 0 && !fault && (type === undefined || type === 'input.transcribe');
    const size = Math.max(this.#size, this.#announced);
    if (!mayBeDictation) return size > maxBodyBytes ? maxBodyBytes : undefined;
    const max = maxBodyBytes + maxDictationBytes;
    if (size > max || audioBytes > maxDictationBytes) return max;
    return this.#size - audioBytes > maxBodyBytes ? maxBodyBytes : undefined;
  }

  /**
   * Returns the body, once all its bytes were written.
   * @throws ChatKitError `too_large` or `invalid_request`.
   */
  parse(): Body {
    const { fault, keys, type, audioBytes } = this.#scanner;
    if (fault) throw refused(fault);
    if (this.#audio && (type !== 'input.transcribe' || audioBytes === 0)) throw tooLarge(this.#limits.maxBodyBytes);
    const [first] = this.#chunks;
    const bytes =
      this.#chunks.length === 1 && first ? first.bytes : Buffer.concat(this.#chunks.map((each) => each.bytes));
    if (!isUtf8(bytes)) throw new ChatKitError('invalid_request', 'The body is not UTF-8');
    const text = bytes.toString('utf8');
    const value = parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    if (checkBounds(value, this.#limits).keys < keys) {
      throw refused({ path: findRepeatedKey(text) ?? [], message: 'the key is repeated' });
    }
    const audio = this.#audio?.end();
    if (audio === 'malformed') throw new ChatKitError('invalid_request', 'The body is not JSON');
    return { value, audio };
  }
}

/**
 * Checks the depth and the size of a value that this middleware or another parser has parsed.
 * @throws ChatKitError `invalid_request` when the value nests too deep or holds too much.
 */
export function checkBounds(value: unknown, limits: BodyLimits): { keys: number } {
  const { keys, exceeded } = measureJson(value, limits);
  if (exceeded) throw refused(exceeded);
  return { keys };
}

/**
 * Parses a text.
 * @throws ChatKitError `invalid_request` with the cause.
 */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ChatKitError('invalid_request', 'The body is not JSON', { cause: error });
  }
}

/** Makes the error for a body above the limit. */
export function tooLarge(limit: number): ChatKitError {
  return new ChatKitError('too_large', `The body can have ${limit} bytes`);
}

function refused({ path, message }: { path: (string | number)[]; message: string }): ChatKitError {
  const text = path.length > 0 ? `${path.join('.').slice(0, 200)}: ${message}` : message;
  return new ChatKitError('invalid_request', text, { issues: [{ path, message }] });
}

// Takes a `<think>` block at the beginning of an answer out of the text. Models that think aloud write one.

/** A piece of an answer: text for the user, or a thought. */
export interface SaidPiece {
  type: 'text' | 'thought';
  text: string;
}

const opening = /^\s*<(think|thinking)>/;
const couldOpen = /^\s*(?:<(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)?$/;

/** Divides the text of one answer, piece by piece. It never splits a character in two. */
export class ThinkBlock {
  #state: 'before' | 'inside' | 'behind' | 'text';
  /** Text that cannot be judged yet. */
  #held = '';
  #closing = '';

  /** @param isRead false leaves the block in the text. */
  constructor(isRead: boolean) {
    this.#state = isRead ? 'before' : 'text';
  }

  /** Adds a piece. @returns what can be said of it so far. */
  read(piece: string): SaidPiece[] {
    const given = this.#held + piece;
    // Half of a character waits for its other half.
    const whole = isHighSurrogate(given.charCodeAt(given.length - 1)) ? given.slice(0, -1) : given;
    this.#held = given.slice(whole.length);
    const said: SaidPiece[] = [];
    const rest = this.#readWhole(whole, said);
    this.#held = rest + this.#held;
    return said;
  }

  /** Returns what was held back, at the end of the answer. Half of a character becomes U+FFFD. */
  end(): SaidPiece[] {
    const text = this.#held.replace(/[\ud800-\udbff]$/, '\ufffd');
    this.#held = '';
    if (text === '' || this.#state === 'behind') return [];
    return [{ type: this.#state === 'inside' ? 'thought' : 'text', text }];
  }

  /** @returns the text that has to wait for more. */
  #readWhole(text: string, said: SaidPiece[]): string {
    if (this.#state === 'before') {
      const match = opening.exec(text);
      if (!match && couldOpen.test(text)) return text;
      this.#state = match ? 'inside' : 'text';
      if (match) {
        this.#closing = `</${match[1] ?? ''}>`;
        text = text.slice(match[0].length);
      }
    }
    if (this.#state === 'inside') {
      const end = text.indexOf(this.#closing);
      if (end < 0) {
        const length = text.length - overlap(text, this.#closing);
        push(said, 'thought', text.slice(0, length));
        return text.slice(length);
      }
      push(said, 'thought', text.slice(0, end));
      this.#state = 'behind';
      text = text.slice(end + this.#closing.length);
    }
    if (this.#state === 'behind') {
      text = text.trimStart();
      if (text !== '') this.#state = 'text';
    }
    push(said, 'text', text);
    return '';
  }
}

function push(said: SaidPiece[], type: SaidPiece['type'], text: string): void {
  if (text !== '') said.push({ type, text });
}

/** How many characters at the end of the text may be the beginning of the mark. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

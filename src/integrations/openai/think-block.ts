// Separates a `<think>` block at the beginning of an answer from the text.

/** A piece of an answer: text for the user, or a thought. */
export interface SaidPiece {
  type: 'text' | 'thought';
  text: string;
}

/** The marks before and after a thought. Gemini writes the third pair, Mistral the fourth. */
const marks: readonly (readonly [opening: string, closing: string])[] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['[THINK]', '[/THINK]'],
];

/** Separates the text of one answer from its thought, piece by piece. */
export class ThinkBlock {
  #state: 'before' | 'inside' | 'behind' | 'text';
  /** The white space at the beginning of the answer. */
  #space = '';
  /** Text that may be part of a mark. Its length is bounded by the marks, not by the answer. */
  #held = '';
  #closing = '';

  /** @param isRead false leaves the block in the text. */
  constructor(isRead: boolean) {
    this.#state = isRead ? 'before' : 'text';
  }

  /** Reads a piece, and appends its texts and thoughts to `said`. */
  read(piece: string, said: { push(piece: SaidPiece): unknown }): void {
    if (this.#state === 'text') said.push({ type: 'text', text: piece });
    else this.#held = this.#read(this.#held + piece, said);
  }

  /** Returns the text that is held back, at the end of the answer. */
  end(): SaidPiece[] {
    const text = this.#state === 'before' ? this.#space + this.#held : this.#held;
    this.#held = '';
    this.#space = '';
    if (text === '' || this.#state === 'behind') return [];
    return [{ type: this.#state === 'inside' ? 'thought' : 'text', text }];
  }

  /** Returns the text that has to be held back. */
  #read(given: string, said: { push(piece: SaidPiece): unknown }): string {
    let text = given;
    if (this.#state === 'before') {
      text = text.trimStart();
      this.#space += given.slice(0, given.length - text.length);
      const mark = marks.find(([opening]) => text.startsWith(opening));
      if (!mark && marks.some(([opening]) => opening.startsWith(text))) return text;
      this.#state = mark ? 'inside' : 'text';
      if (mark) {
        this.#closing = mark[1];
        text = text.slice(mark[0].length);
      } else text = this.#space + text;
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

/** Separates a whole text from its thought. */
export function splitThink(text: string): { thought: string; text: string } {
  const said: SaidPiece[] = [];
  const block = new ThinkBlock(true);
  block.read(text, said);
  said.push(...block.end());
  const of = (type: SaidPiece['type']) => said.flatMap((piece) => (piece.type === type ? [piece.text] : [])).join('');
  return { thought: of('thought'), text: of('text') };
}

function push(said: { push(piece: SaidPiece): unknown }, type: SaidPiece['type'], text: string): void {
  if (text !== '') said.push({ type, text });
}

/** Returns the number of characters at the end of the text that may begin the mark. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

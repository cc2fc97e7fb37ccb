// Text that remembers the source of each piece, so that data can be escaped when it is printed, no matter how
// the template has combined it.

import { countCharacters, countSteps } from './steps';

/**
 * A piece of text. `template` is written in the template itself, `json` was made by `tojson`, `fragment` was cut out of
 * `json`, and `data` comes from the data of the template.
 */
export interface Piece {
  readonly text: string;
  readonly source: 'template' | 'json' | 'fragment' | 'data';
}

/** The longest text or list after multiplication or padding. The number can come from the data. */
export const maxRepeated = 1_000_000;

export class Text {
  readonly pieces: readonly Piece[];
  #text: string | undefined;
  #characters: number | undefined;
  #hasSurrogates: boolean | undefined;
  #isOfTemplate: boolean | undefined;

  constructor(content: string | readonly Piece[], source: Piece['source'] = 'data') {
    this.pieces = typeof content === 'string' ? [{ text: content, source }] : content;
  }

  get text(): string {
    this.#text ??= this.pieces.length === 1 ? (this.pieces[0]?.text ?? '') : joined(this.pieces);
    return this.#text;
  }

  /** The number of characters. An emoji is one character. */
  get characters(): number {
    this.#characters ??= this.#mayHaveLong() ? Array.from(this.text).length : this.text.length;
    return this.#characters;
  }

  /** True if no piece comes from the data. */
  get isOfTemplate(): boolean {
    this.#isOfTemplate ??= this.pieces.every(({ source }) => source === 'template');
    return this.#isOfTemplate;
  }

  /** Returns a text made from this text and `others`. It belongs to the template only if all of these do. */
  derive(text: string, others: readonly Text[] = []): Text {
    countCharacters(text.length);
    const isOfTemplate = this.isOfTemplate && others.every((other) => other.isOfTemplate);
    return new Text(text, isOfTemplate ? 'template' : 'data');
  }

  /** True if a character can take two units of UTF-16. */
  #mayHaveLong(): boolean {
    this.#hasSurrogates ??= hasSurrogates(this.text);
    return this.#hasSurrogates;
  }

  /** Returns the characters from `start` up to `end`. Each keeps its source. */
  cut(start: number, end: number): Text {
    let [from, to] = [start, Math.max(start, end)];
    countSteps(this.pieces.length);
    if (this.#mayHaveLong()) {
      countCharacters(this.text.length);
      const characters = Array.from(this.text);
      from = characters.slice(0, start).join('').length;
      to = from + characters.slice(start, Math.max(start, end)).join('').length;
    }
    const pieces: Piece[] = [];
    let offset = 0;
    for (const piece of this.pieces) {
      const text = piece.text.slice(Math.max(from - offset, 0), Math.max(to - offset, 0));
      if (text !== '')
        pieces.push(
          text === piece.text ? piece : { text, source: piece.source === 'json' ? 'fragment' : piece.source },
        );
      offset += piece.text.length;
    }
    return new Text(pieces);
  }

  static concat(texts: readonly Text[]): Text {
    const pieces: Piece[] = [];
    for (const text of texts) {
      countSteps(text.pieces.length);
      for (const piece of text.pieces) pieces.push(piece);
    }
    return new Text(pieces);
  }
}

function joined(pieces: readonly Piece[]): string {
  let length = pieces.length;
  for (const { text } of pieces) length += text.length;
  countCharacters(length);
  return pieces.map(({ text }) => text).join('');
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

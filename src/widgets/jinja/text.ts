// Text that remembers where each piece of it comes from, so that the data can be escaped where it is printed, however
// the template has put it together.

/**
 * A piece of text: `template` is written in the template itself, `json` was made by `tojson`, `fragment` was cut out of
 * such a one, and `data` is, or was made of, what the template was given.
 */
export interface Piece {
  readonly text: string;
  readonly source: 'template' | 'json' | 'fragment' | 'data';
}

/** How long a text or a list may become by multiplication or padding: the number may come from the data. */
export const maxRepeated = 1_000_000;

export class Text {
  readonly pieces: readonly Piece[];
  #text: string | undefined;
  #characters: number | undefined;

  constructor(content: string | readonly Piece[], source: Piece['source'] = 'data') {
    this.pieces = typeof content === 'string' ? [{ text: content, source }] : content;
  }

  get text(): string {
    this.#text ??=
      this.pieces.length === 1 ? (this.pieces[0]?.text ?? '') : this.pieces.map(({ text }) => text).join('');
    return this.#text;
  }

  /** How many characters it has, an emoji being one. */
  get characters(): number {
    this.#characters ??= hasSurrogates(this.text) ? Array.from(this.text).length : this.text.length;
    return this.#characters;
  }

  /** Whether nothing in it comes from the data. */
  get isOfTemplate(): boolean {
    return this.pieces.every(({ source }) => source === 'template');
  }

  /** Another text made of this one, and of `others`: the template's own only if all of these are. */
  derive(text: string, ...others: Text[]): Text {
    return new Text(text, [this, ...others].every(({ isOfTemplate }) => isOfTemplate) ? 'template' : 'data');
  }

  /** The characters from `start` up to `end`, each keeping its source. */
  cut(start: number, end: number): Text {
    let [from, to] = [start, Math.max(start, end)];
    if (hasSurrogates(this.text)) {
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
    return new Text(texts.flatMap(({ pieces }) => pieces));
  }
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

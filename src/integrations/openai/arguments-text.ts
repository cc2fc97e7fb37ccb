// Joins the arguments of a call, which arrive as pieces of JSON. Some providers send a piece more than once.

/** Joins the pieces of a call's arguments. */
export class ArgumentsText {
  #text = '';
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Caches {@link isComplete}; undefined until the property is read. White space does not clear the cache. */
  #isComplete: boolean | undefined;
  /** True when text follows the end of the JSON, so that the arguments can never be complete. */
  #isBroken = false;

  get text(): string {
    return this.#text;
  }

  /** True when the text is a JSON object, or `null`. */
  get isComplete(): boolean {
    if (this.#depth !== 0 || this.#isInString || this.#isBroken) return false;
    this.#isComplete ??= isWhole(this.#text);
    return this.#isComplete;
  }

  get beginsObject(): boolean {
    return this.#text.trimStart().startsWith('{');
  }

  /**
   * Adds a piece. When the text so far and the piece are both complete JSON, the provider has repeated the arguments,
   * so that the piece replaces the text, unless only the piece is empty.
   */
  add(piece: string): void {
    if (piece === '') return;
    const isBlank = piece.trim() === '';
    if (!isBlank && this.isComplete) {
      const isRepeated = isWhole(piece);
      if (isRepeated && isEmpty(piece)) return;
      if (isRepeated) this.#text = '';
      else this.#isBroken = true;
    }
    if (!isBlank) this.#isComplete = undefined;
    this.#text += piece;
    this.#scan(piece);
  }

  /** Tracks the depth, so that the text is parsed only when it may be complete. */
  #scan(piece: string): void {
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (code === 0x5c) this.#isEscaped = true;
        else if (code === 0x22) this.#isInString = false;
      } else if (code === 0x22) this.#isInString = true;
      else if (code === 0x7b || code === 0x5b) this.#depth++;
      else if (code === 0x7d || code === 0x5d) this.#depth--;
    }
  }
}

function isWhole(text: string): boolean {
  const plain = text.trim();
  if (plain === 'null') return true;
  if (!plain.startsWith('{') || !plain.endsWith('}')) return false;
  try {
    JSON.parse(plain);
    return true;
  } catch {
    return false;
  }
}

function isEmpty(text: string): boolean {
  return /^\s*(?:null|\{\s*\})\s*$/.test(text);
}

// Finds the choice to read in the chunks of a Chat Completions stream.
import { isObject } from '../../protocol/json';

type Choice = Record<string, unknown>;

/** No request can ask for more choices. A greater index counts something else, such as tokens. */
const maxChoices = 128;
/** More choices than this, each seen once, are one answer whose chunks are counted. */
const maxHeld = 8;

/**
 * Of several choices the first counts. Some servers count chunks where the index of the choice belongs, so that a choice
 * which is seen once may be the answer's next chunk: it waits until the first choice comes again, which says that it is
 * another answer, or until the stream ends without that.
 */
export class ChoiceReader {
  /** How many chunks of other choices were passed over. */
  passedOver = 0;
  #first: number | undefined;
  #isCounted = false;
  #held: Choice[] = [];

  /** @returns the choices of the first answer that can be read now, in order. */
  read(choices: unknown): Choice[] {
    if (!Array.isArray(choices)) return [];
    if (this.#isFirstAlone(choices)) return choices as Choice[];
    const list = choices.filter(isObject);
    if (this.#isCounted) return list.slice(0, 1);
    this.#first ??= list[0] && indexOf(list[0]);
    const own = list.find((choice) => indexOf(choice) === this.#first);
    if (own) {
      this.passedOver += this.#held.length + list.length - 1;
      this.#held = [];
      return [own];
    }
    const [other] = list;
    if (!other) return [];
    if (indexOf(other) < maxChoices && this.#held.length < maxHeld) {
      if (this.#held.some((held) => indexOf(held) === indexOf(other))) this.passedOver++;
      else this.#held.push(other);
      return [];
    }
    this.#isCounted = true;
    return [...this.#take(), other];
  }

  /** Whether a list is the first choice and nothing else, while none waits. Most lists are. */
  #isFirstAlone(choices: readonly unknown[]): boolean {
    if (choices.length !== 1 || this.#held.length > 0 || this.#isCounted) return false;
    return isObject(choices[0]) && indexOf(choices[0]) === this.#first;
  }

  /** @returns what waited, at the end of a stream whose first choice never finished. */
  end(hasFinished: boolean): Choice[] {
    const held = this.#take();
    if (!hasFinished) return held;
    this.passedOver += held.length;
    return [];
  }

  #take(): Choice[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}

function indexOf({ index }: Choice): number {
  return typeof index === 'number' ? index : 0;
}

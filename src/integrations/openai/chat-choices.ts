// Selects the choice to read in the chunks of a Chat Completions stream.
import { isObject } from '../../protocol/json';

type Choice = Record<string, unknown>;

/** The greatest number of choices that a request can ask for. A greater index counts something else, such as tokens. */
const maxChoices = 128;
/** The number of choices, each seen once, beyond which the index must count the chunks of one answer. */
const maxHeld = 8;

/**
 * Reads the first of several choices. Some servers put the number of the chunk into the index of the choice, so that a
 * choice which was seen once may be the next chunk of the answer. Such a choice waits until the first choice arrives
 * again, which proves that the waiting choice is another answer, or until the stream ends.
 */
export class ChoiceReader {
  /** The number of skipped chunks of other choices. */
  passedOver = 0;
  #first: number | undefined;
  #isCounted = false;
  #held: Choice[] = [];

  /** Returns the choices of the first answer that can be read now, in order. */
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

  /** Returns true for a list with only the first choice while no choice waits, which is the common case. */
  #isFirstAlone(choices: readonly unknown[]): boolean {
    if (choices.length !== 1 || this.#held.length > 0 || this.#isCounted) return false;
    return isObject(choices[0]) && indexOf(choices[0]) === this.#first;
  }

  /** Returns the waiting choices at the end of a stream whose first choice never finished. */
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

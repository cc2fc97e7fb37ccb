// Shrinks a list that causes a failure to the elements that are needed for it (delta debugging).

/**
 * The shortest list found that still fails. Leaves out halves, then ever smaller parts, then single elements, until
 * each that is left is needed or the time is up.
 * @param failsAt Tries a list: the index of the element that fails, or undefined when none does.
 * @param deadline When to stop, as `Date.now()` counts.
 */
export async function shrink<Element>(
  list: readonly Element[],
  failsAt: (list: readonly Element[]) => Promise<number | undefined>,
  deadline = Infinity,
): Promise<readonly Element[]> {
  let shortest = list;
  for (let size = Math.ceil(list.length / 2); ; size = Math.ceil(size / 2)) {
    let left = shortest.length;
    for (let start = 0; start < shortest.length;) {
      if (Date.now() > deadline) return shortest;
      const candidate = shortest.toSpliced(start, size);
      const index = await failsAt(candidate);
      if (index === undefined) start += size;
      else shortest = candidate.slice(0, index + 1);
    }
    left -= shortest.length;
    if (size <= 1 && left === 0) return shortest;
  }
}

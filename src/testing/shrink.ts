// Shrinks a list that causes a failure to the elements that are needed for it (delta debugging).

/**
 * Returns the shortest list found that still fails. Removes halves, then smaller parts, then single elements, until
 * every remaining element is necessary or the deadline is reached.
 * @param failsAt Tries a list. Returns the index of the element that fails, or undefined when the list does not fail.
 * @param deadline The time to stop, in milliseconds since 1970.
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

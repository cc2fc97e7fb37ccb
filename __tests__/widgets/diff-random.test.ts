// Whatever two widgets are, a client that applies the diff to the first shows the second.
import { isDeepStrictEqual } from 'node:util';
import type { ThreadItemUpdate, WidgetRoot } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';
import { diffWidget } from '../../src/widgets/diff';
import { allHabits, applyWidgetUpdates, type ClientHabits } from './apply-widget-updates';
import { randomPair } from './random-widgets';

const firstSeed = 20_260_101;
const pairs = 4000;

/** The widget with `streaming: true` wherever it is on, and without it wherever it is off, however that was said. */
function withPlainStreaming(widget: WidgetRoot): WidgetRoot {
  const text = JSON.stringify(widget, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('streaming' in value)) return value;
    const others = Object.entries(value).filter(([key]) => key !== 'streaming');
    return Object.fromEntries(value.streaming ? [...others, ['streaming', true]] : others);
  });
  return JSON.parse(text) as WidgetRoot;
}

function shows(before: WidgetRoot, updates: ThreadItemUpdate[], after: WidgetRoot, habits: ClientHabits): boolean {
  const shown = applyWidgetUpdates(before, updates, habits);
  if (!habits.doneSetsStreaming) return isDeepStrictEqual(shown, copyJson(after));
  return isDeepStrictEqual(withPlainStreaming(shown), withPlainStreaming(after));
}

describe('diffWidget on random pairs', () => {
  it(`turns the first widget into the second, for ${pairs} pairs and every habit of clients`, () => {
    const seen = { nothing: 0, deltas: 0, severalDeltas: 0, root: 0 };
    for (let seed = firstSeed; seed < firstSeed + pairs; seed++) {
      const { before, after } = randomPair(seed);
      const given = JSON.stringify([before, after]);
      let updates: ThreadItemUpdate[] = [];
      try {
        updates = diffWidget(before, after);
        for (const habits of allHabits) {
          if (!shows(before, updates, after, habits))
            throw new Error(`a client is left behind: ${JSON.stringify(habits)}`);
        }
        if (JSON.stringify([before, after]) !== given) throw new Error('the input was changed');
      } catch (cause) {
        throw new Error(`seed ${seed}: ${given} → ${JSON.stringify(updates)}`, { cause });
      }
      if (updates.length === 0) seen.nothing++;
      else if (updates[0]?.type === 'widget.root.updated') seen.root++;
      else if (updates.length === 1) seen.deltas++;
      else seen.severalDeltas++;
    }
    // Or else the pairs say little.
    expect(Object.values(seen).filter((count) => count < pairs / 50)).toEqual([]);
  });

  it('gives the same pair for the same seed', () => {
    expect(randomPair(7)).toEqual(randomPair(7));
    expect(randomPair(7)).not.toEqual(randomPair(8));
  });
});

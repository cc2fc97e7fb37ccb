// Whatever two widgets are, a client that applies the diff to the first shows the second.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { ThreadItemUpdate, WidgetRoot } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';
import { diffWidget } from '../../src/widgets/diff';
import { streamWidget } from '../../src/widgets/stream';
import { allHabits, applyWidgetUpdates, type ClientHabits } from './apply-widget-updates';
import { widgetPairs, widgetStates } from './random-widgets';

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
    const property = fc.property(widgetPairs, ({ before, after }) => {
      const given = JSON.stringify([before, after]);
      const updates = diffWidget(before, after);
      for (const habits of allHabits) {
        if (!shows(before, updates, after, habits)) {
          throw new Error(`left behind: a client with ${JSON.stringify(habits)}, by ${JSON.stringify(updates)}`);
        }
      }
      if (JSON.stringify([before, after]) !== given) throw new Error('the input was changed');
      if (updates.length === 0) seen.nothing++;
      else if (updates[0]?.type === 'widget.root.updated') seen.root++;
      else if (updates.length === 1) seen.deltas++;
      else seen.severalDeltas++;
    });
    fc.assert(property, { numRuns: pairs });
    // Or else the pairs say little.
    expect(Object.entries(seen).filter(([, count]) => count < pairs / 50)).toEqual([]);
  });

  it('sends nothing for a copy, and nothing but the root for strangers of another type', () => {
    fc.assert(
      fc.property(widgetPairs, ({ before, after }) => {
        expect(diffWidget(before, copyJson(before))).toEqual([]);
        const stranger = { ...after, type: `${before.type}!` };
        expect(diffWidget(before, stranger)).toEqual([{ type: 'widget.root.updated', widget: stranger }]);
      }),
    );
  });
});

describe('streamWidget on random states', () => {
  it('leaves every client with each state in turn, and the last one in thread.item.done', async () => {
    const reached = allHabits.filter(({ doneSetsStreaming }) => !doneSetsStreaming);
    const property = fc.asyncProperty(widgetStates, async (states) => {
      let shown: WidgetRoot[] = [];
      let compared = 0;
      const source = (async function* () {
        for (const state of states) {
          yield state;
          // Asked for the next state, so all that this one gave was read.
          for (const widget of shown) expect(isDeepStrictEqual(widget, state)).toBe(true);
          compared += shown.length;
        }
      })();
      for await (const event of streamWidget({ id: 'thr_1' }, source)) {
        if (event.type === 'thread.item.added' && event.item.type === 'widget') {
          const { widget } = event.item;
          shown = reached.map(() => copyJson(widget));
        } else if (event.type === 'thread.item.updated') {
          const update = event.update as ThreadItemUpdate;
          shown = shown.map((widget, index) => applyWidgetUpdates(widget, [update], reached[index]!));
        } else if (event.type === 'thread.item.done' && event.item.type === 'widget') {
          expect(event.item.widget).toEqual(states.at(-1));
        }
      }
      expect(compared).toBe(states.length * reached.length);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

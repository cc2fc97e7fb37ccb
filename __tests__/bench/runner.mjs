// Measures a scenario: each case alternates between the yardstick and the package, so that other work of the machine
// slows both. A ratio is the median of the ratios of the same repetition.
/** The largest ratio of a build's figure to the same figure of the build that it is compared with. */
const mostAgainst = 1.05;

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Measures all cases of a scenario, and yields a row for each figure of each case.
 *
 * A scenario has `name` and `open(size)`, which resolves with `{ cases, close }`, or with a text where something is
 * missing on this machine. A case has `name`, `figures`, and `measure(target)`, which resolves with the numbers. A
 * figure has `name`, `unit`, `of` (picks the number), and optionally `goal`, `isCost` (the gate of --against includes it)
 * and `compare`: `ratio` (the default), `difference`, or `none` when the goal is for the number itself.
 * @param targets The targets by name: `yardstick`, `chatkit`, and optionally `against`.
 */
export async function* measureScenario(scenario, targets, size) {
  const opened = await scenario.open(size);
  if (typeof opened === 'string') {
    yield { scenario: scenario.name, skipped: opened };
    return;
  }
  try {
    for (const one of opened.cases) {
      const runs = [];
      for (let repetition = 0; repetition < (size.quick ? 1 : 3); repetition++) {
        const names = Object.keys(targets);
        if (repetition % 2 === 1) names.reverse();
        const run = {};
        for (const name of names) run[name] = await one.measure(targets[name]);
        runs.push(run);
      }
      for (const figure of one.figures) yield { scenario: scenario.name, case: one.name, ...rowOf(figure, runs) };
    }
  } finally {
    await opened.close?.();
  }
}

function rowOf({ name, unit, of, goal, compare = 'ratio', isCost = false }, runs) {
  const numbers = (target) => runs.map((run) => of(run[target]));
  const [yardstick, chatkit] = [numbers('yardstick'), numbers('chatkit')];
  const against = runs[0].against && numbers('against').map((number, index) => chatkit[index] / number);
  const compared = {
    ratio: () => median(chatkit.map((number, index) => number / yardstick[index])),
    difference: () => median(chatkit.map((number, index) => number - yardstick[index])),
    none: () => median(chatkit),
  }[compare]();
  return {
    figure: name,
    unit,
    yardstick: median(yardstick),
    chatkit: median(chatkit),
    compare,
    compared,
    ...(goal !== undefined && { goal, reached: compared <= goal }),
    ...(against && { against, isWorse: isCost && against.every((ratio) => ratio > mostAgainst) }),
  };
}

const shown = (number) => (Math.abs(number) < 100 ? number.toFixed(2) : String(Math.round(number)));
const signed = (number) => `${number < 0 ? '−' : '+'}${shown(Math.abs(number))}`;

/** Returns the heads of a table of rows. */
export const heads = ['scenario', 'figure', 'yardstick', 'chatkit', 'compared', 'goal', ''];

/** Returns the cells of a row. */
export function cellsOf(row) {
  if (row.skipped) return [row.scenario, row.skipped, '', '', '', '', ''];
  const { unit, compare, goal, against } = row;
  const inUnit = {
    ratio: (number) => `${shown(number)}×`,
    difference: (number) => `${signed(number)} ${unit}`,
    none: (number) => `${shown(number)} ${unit}`,
  }[compare];
  const verdict = goal === undefined ? '' : row.reached ? 'reached' : 'not reached';
  const builds = against && `÷ against: ${against.map((ratio) => ratio.toFixed(2)).join(' ')}`;
  return [
    [row.scenario, row.case].filter(Boolean).join(', '),
    `${row.figure}, ${unit}`,
    shown(row.yardstick),
    shown(row.chatkit),
    inUnit(row.compared),
    goal === undefined ? '' : `≤ ${inUnit(goal)}`,
    [verdict, builds].filter(Boolean).join(', '),
  ];
}

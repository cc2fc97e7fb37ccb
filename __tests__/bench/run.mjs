// npm run bench: measures what users wait for and what a server costs, each beside a yardstick in the same run.
// `-- --help` prints the options. Every server is a process of its own, on loopback. Compare the ratios, because times
// vary with the machine. BENCH_AGAINST=path/to/dist/index.js compares with a build that exists.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommit } from './build-commit.mjs';
import { readOptions } from './options.mjs';
import { cellsOf, heads, measureScenario } from './runner.mjs';
import { burst } from './scenarios/burst.mjs';
import { list } from './scenarios/list.mjs';
import { model } from './scenarios/model.mjs';
import { postgres } from './scenarios/postgres.mjs';
import { start } from './scenarios/start.mjs';
import { tick } from './scenarios/tick.mjs';
import { upload } from './scenarios/upload.mjs';

const scenarios = Object.fromEntries(
  [burst, tick, list, model, postgres, start, upload].map((scenario) => [scenario.name, scenario]),
);
const options = readOptions(Object.keys(scenarios));
const built = options.against === undefined ? undefined : buildCommit(options.against);
process.on('exit', () => built?.remove());
process.on('SIGINT', () => process.exit(130));

// BENCH_DIST names another folder of this version's build.
const dist = process.env.BENCH_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
const entry = built?.entry ?? process.env.BENCH_AGAINST;
const targets = {
  yardstick: { kind: 'yardstick', dist },
  chatkit: { kind: 'chatkit', dist, profiles: options.profiles },
  ...(entry && { against: { kind: 'chatkit', dist: dirname(entry) } }),
};
const size = { quick: options.quick, seconds: options.quick ? 0.05 : Number(process.env.BENCH_SECONDS ?? 2) };

const print = (cells) => console.log(`| ${cells.join(' | ')} |`);
if (!options.json) {
  console.log(`Node ${process.version}. Medians of three repetitions.\n`);
  print(heads);
  print(heads.map(() => '---'));
}
for (const name of options.scenarios) {
  for await (const row of measureScenario(scenarios[name], targets, size)) {
    if (options.json) console.log(JSON.stringify(row));
    else print(cellsOf(row));
    if (!row.isWorse) continue;
    console.error(`${name}, ${row.figure}: costs more than ${options.against ?? entry} in each repetition`);
    if (options.against !== undefined) process.exitCode = 1;
  }
}

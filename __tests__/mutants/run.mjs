// Makes seeded small changes of the sources one at a time, and runs the tests of their area on each. A change that no
// test notices is a missing test.
//   npm run mutants -- --seed 1 --count 100
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import buildPages from '../support/build-playground.mjs';
import { areas, inProcesses, leftOut } from './areas.mjs';
import { createCompiler } from './compile.mjs';
import { recordCoverage } from './coverage.mjs';
import { analyse } from './mutate.mjs';
import { cleanUp, copyRepository, runTests, sourceFiles, testFiles } from './tests.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
/** The share of mutants that tests must notice. */
const required = 0.85;
const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    area: { type: 'string', multiple: true, default: Object.keys(areas) },
    workers: { type: 'string', default: '2' },
    budget: { type: 'string', default: '120' }, // seconds that the test files of a mutant take without it
    launcher: { type: 'string', default: '' },
    survivors: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const count = Number(given.count);
const maxTestMs = Number(given.budget) * 1000;
const launcher = given.launcher.split(' ').filter(Boolean);
const log = (line) => process.stdout.write(`${line}\n`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    cleanUp();
    process.exit(130);
  });
}

const idOf = ({ key }) => createHash('sha256').update(key).digest('hex').slice(0, 10);
const rankOf = ({ key }) => createHash('sha256').update(`${given.seed}\n${key}`).digest('hex');
const apply = (text, { from, to, replacement }) => text.slice(0, from) + replacement + text.slice(to);

/** Chooses mutants of each area in the order of a hash of the seed, without those that do not compile. */
function choose(sources, isCompiled) {
  return given.area.flatMap((area, index) => {
    const quota = Math.floor(count / given.area.length) + (index < count % given.area.length ? 1 : 0);
    const files = sources.get(area);
    const candidates = files.flatMap(({ mutants }) => mutants.map((mutant) => ({ ...mutant, rank: rankOf(mutant) })));
    candidates.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    const chosen = [];
    for (const mutant of candidates) {
      if (chosen.length === quota) break;
      const { text } = files.find(({ file }) => file === mutant.file);
      const changed = apply(text, mutant);
      if (isCompiled(mutant.file, changed)) chosen.push({ ...mutant, area, id: idOf(mutant), changed, text });
    }
    return chosen;
  });
}

/** The time that is assumed for a test file without a record, in ms. */
const unknownMs = 20_000;

/**
 * Returns the test files that reach a mutant, the fastest first. Those that reach most of its source file precede the
 * others, because every test that loads a file reaches its constants.
 */
function covering(mutant, coverage, files) {
  const found = files.filter((file) => coverage.get(file)?.reaches(mutant.probe));
  const reaches = new Map(found.map((file) => [file, coverage.get(file).countIn(mutant.file)]));
  const most = Math.max(...reaches.values());
  const rank = (file) => (reaches.get(file) >= 0.7 * most ? 0 : 1);
  found.sort((a, b) => rank(a) - rank(b) || coverage.get(a).time - coverage.get(b).time);
  let total = 0;
  const affordable = found.filter((file) => (total += coverage.get(file).time) <= maxTestMs);
  const paths = Object.entries(inProcesses).flatMap(([path, tests]) => (mutant.file.startsWith(path) ? tests : []));
  return [...affordable, ...testFiles(root, paths)];
}

/** The times in ms at which each test file last passed on the sources as they are. */
const passedAt = new Map();

/** Returns true when a test file passes without a change, so that its failure is that of a mutant. */
async function passesWithout(copy, file, limitOf) {
  if (Date.now() - (passedAt.get(file) ?? 0) < 3 * 60_000) return true;
  const { ended } = await runTests(copy, [file], { limitOf, launcher });
  const passes = ended.length === 1 && ended[0].failure === undefined;
  if (passes) passedAt.set(file, Date.now());
  return passes;
}

/** Runs test files on a mutant. Returns the first file that does not pass, with its failure if it has ended. */
async function firstFailure(copy, mutant, files, limitOf) {
  const path = join(copy, mutant.file);
  writeFileSync(path, mutant.changed);
  const { ended, stuck } = await runTests(copy, files, { limitOf, launcher });
  writeFileSync(path, mutant.text);
  const failed = ended.find(({ failure }) => failure !== undefined);
  const file = failed?.file ?? stuck ?? files[ended.length];
  return file === undefined ? undefined : { file, test: failed?.test ?? '', failure: failed?.failure };
}

/** Runs the tests of one mutant. A failure counts if it happens twice, and not without the mutant. */
async function judge(copy, mutant, files, coverage) {
  const limitOf = (file) => 60_000 + 5 * (coverage.get(file)?.time ?? unknownMs);
  let left = files;
  while (left.length > 0) {
    const found = await firstFailure(copy, mutant, left, limitOf);
    if (!found) break;
    const { file, test, failure } = found;
    if ((await firstFailure(copy, mutant, [file], limitOf)) && (await passesWithout(copy, file, limitOf))) {
      const isKilled = failure !== undefined && !/Exceeded timeout/.test(failure);
      return { verdict: isKilled ? 'killed' : 'timeout', by: `${file.slice('__tests__/'.length)}: ${test}` };
    }
    left = left.slice(left.indexOf(file) + 1);
  }
  return { verdict: 'survived', by: files.length === 0 ? 'no test reaches it' : `${files.length} test files` };
}

async function main() {
  const sources = new Map(
    given.area.map((area) => {
      const files = sourceFiles(root, areas[area].sources);
      return [area, files.map(({ file, text }) => ({ file, text, ...analyse(file, text) }))];
    }),
  );
  const all = [...sources.values()].flat();
  const isCompiled = createCompiler(root, all.map(({ file }) => file)); // prettier-ignore
  let chosen = choose(sources, isCompiled);
  const results = join(root, `.cache/mutants/results-${given.seed}.json`);
  const equivalent = JSON.parse(readFileSync(new URL('equivalent.json', import.meta.url), 'utf8'));
  if (given.list) {
    for (const mutant of chosen) log(`${mutant.id} ${mutant.file}:${mutant.line} ${mutant.operator}: ${mutant.change}`);
    return;
  }
  const before = given.survivors ? JSON.parse(readFileSync(results, 'utf8')) : {};
  const isKnown = ({ id }) => before[id] !== undefined && before[id].verdict !== 'survived';

  buildPages(); // some tests open the built pages
  const tests = new Map(given.area.map((area) => [area, testFiles(root, areas[area].tests)]));
  const excluded = new Set(testFiles(root, leftOut));
  const files = [...new Set([...tests.values()].flat())].filter((file) => !excluded.has(file)).sort();
  const workers = Number(given.workers);
  const settings = { launcher, limitOf: () => 180_000 };
  const instrumented = all.map((source) => [source.file, source.instrumented]);
  const coverage = await recordCoverage(root, files, { instrumented, settings, workers, log });

  const verdicts = new Map();
  const queue = [...chosen];
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const copy = copyRepository(root);
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const selected = covering(mutant, coverage, tests.get(mutant.area));
        const result = isKnown(mutant) ? before[mutant.id] : await judge(copy, mutant, selected, coverage);
        verdicts.set(mutant.id, result);
        log(`${result.verdict} ${describe(mutant)} (${result.by})`);
        mkdirSync(join(root, '.cache/mutants'), { recursive: true });
        writeFileSync(results, JSON.stringify({ ...before, ...Object.fromEntries(verdicts) }, null, 1));
      }
      rmSync(copy, { recursive: true, force: true });
    }),
  );
  return summarise(chosen, verdicts, equivalent);
}

function describe({ id, file, line, operator, change }) {
  return `${id} ${file}:${line} ${operator}: ${change}`;
}

/** Prints the share of each area and the survivors. Returns true when enough mutants were noticed. */
function summarise(chosen, verdicts, equivalent) {
  const isNoticed = ({ id }) => verdicts.get(id).verdict !== 'survived';
  for (const area of given.area) {
    const own = chosen.filter((mutant) => mutant.area === area);
    log(`${area}: ${own.filter(isNoticed).length} of ${own.length}`);
  }
  for (const mutant of chosen.filter((one) => !isNoticed(one))) {
    const reason = equivalent[mutant.id]?.reason;
    log(`survivor ${describe(mutant)}${reason === undefined ? '' : ` (equivalent: ${reason})`}`);
  }
  const noticed = chosen.filter(isNoticed).length;
  const timeouts = chosen.filter(({ id }) => verdicts.get(id).verdict === 'timeout').length;
  const share = noticed / chosen.length;
  log(
    `Seed ${given.seed}: ${noticed} of ${chosen.length} killed (${(share * 100).toFixed(1)} %), ${timeouts} of them by a timeout.`,
  );
  return share >= required;
}

try {
  if ((await main()) === false) process.exitCode = 1;
} finally {
  cleanUp();
}

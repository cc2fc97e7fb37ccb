// Makes seeded small changes of the sources one at a time, and runs the tests of their area on each. A change that no
// test notices is a missing test.
//   npm run mutants -- --seed 1 --count 100
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import buildPages from '../support/build-playground.mjs';
import { areas, inProcesses, leftOut } from './areas.mjs';
import { createKeptCompiler } from './compile.mjs';
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
    budget: { type: 'string', default: '60' }, // seconds that the test files of a mutant take without it
    launcher: { type: 'string', default: '' },
    survivors: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
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

/**
 * Chooses mutants of each area in the order of a hash of the seed, without those that do not compile. The areas take
 * turns, so that a smaller count chooses the first ones of a larger count.
 */
function choose(sources, isCompiled) {
  const lists = given.area.map((area, index) => {
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
  return lists[0].flatMap((_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1)));
}

/** The time that is assumed for a test file without a record, in ms. */
const unknownMs = 20_000;

/**
 * Returns the test files that reach a mutant, as many as the budget allows. Those that reach much of its source file in
 * a short time come first. For a mutant that has survived them, those that reach most of the source file come first.
 */
function covering(mutant, coverage, files) {
  const cost = (file) => (given.survivors ? 1 : coverage.get(file).time) / coverage.get(file).countIn(mutant.file);
  const found = files.filter((file) => coverage.get(file)?.reaches(mutant.probe)).sort((a, b) => cost(a) - cost(b));
  let total = 0;
  const affordable = found.filter((file, index) => {
    const isAffordable = index === 0 || total + coverage.get(file).time <= maxTestMs;
    if (isAffordable) total += coverage.get(file).time;
    return isAffordable;
  });
  const paths = Object.entries(inProcesses).flatMap(([path, tests]) => (mutant.file.startsWith(path) ? tests : []));
  return [...affordable, ...testFiles(root, paths)];
}

/** For each test file that ran on the sources as they are, the names of the tests that failed. */
const withoutMutant = new Map();
/** The test files that passed in this run or an earlier run, each with a hash of all texts that it depends on. */
const passed = join(root, '.cache/mutants/passed.json');

/** The name that stands for all tests of a file, when the file itself fails or does not end. */
const wholeFile = 'the file';

/** Returns the names of the failed tests of a file, which has not ended when its result is undefined. */
function failedIn(result) {
  if (result === undefined) return [wholeFile];
  return result.failure !== undefined && result.failed.length === 0 ? [wholeFile] : result.failed;
}

/** Runs one test file on the sources as they are, unless it was run before. Returns the names of the tests that fail. */
async function failuresWithout(copy, file, limitOf) {
  if (withoutMutant.has(file)) return withoutMutant.get(file);
  const hash = createHash('sha256').update(readFileSync(join(copy, file)));
  for (const { text } of sourceFiles(copy, ['src'])) hash.update(text);
  const key = hash.digest('base64url');
  const known = existsSync(passed) ? JSON.parse(readFileSync(passed, 'utf8')) : {};
  const isPassed = known[file] === key;
  const failed = isPassed ? [] : failedIn((await runTests(copy, [file], { limitOf, launcher })).ended[0]);
  withoutMutant.set(file, failed);
  if (!isPassed && failed.length === 0) writeFileSync(passed, JSON.stringify({ ...known, [file]: key }));
  return failed;
}

/** Runs test files on a mutant. Returns the first file with failures, their names, and the first message. */
async function firstFailure(copy, mutant, files, limitOf) {
  const expected = [...withoutMutant.values()].flat();
  const path = join(copy, mutant.file);
  writeFileSync(path, mutant.changed);
  const { ended, crash } = await runTests(copy, files, { limitOf, launcher, expected });
  writeFileSync(path, mutant.text);
  const result = ended.find(({ failure }) => failure !== undefined);
  const file = result?.file ?? files[ended.length];
  return file === undefined ? undefined : { file, failed: failedIn(result), message: result?.failure ?? crash };
}

/**
 * Runs the tests of one mutant. The failure of a test counts if the test passes without the mutant. A test that exceeds
 * its time must do so twice.
 */
async function judge(copy, mutant, files, coverage) {
  const limitOf = (file) => 20_000 + 5 * (coverage.get(file)?.time ?? unknownMs);
  let left = files;
  while (left.length > 0) {
    let found = await firstFailure(copy, mutant, left, limitOf);
    if (!found) break;
    const { file } = found;
    const without = await failuresWithout(copy, file, limitOf);
    const isOwn = (name) => !without.includes(name);
    const hangs = () => found.message === undefined || /Exceeded timeout/.test(found.message);
    if (!found.failed.some(isOwn) || hangs()) found = await firstFailure(copy, mutant, [file], limitOf);
    const test = found?.failed.find(isOwn);
    if (test !== undefined) {
      return { verdict: hangs() ? 'timeout' : 'killed', by: `${file.slice('__tests__/'.length)}: ${test}` };
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
  const compiler = createKeptCompiler(root, sourceFiles(root, ['src']), join(root, '.cache/mutants/compiled.json'));
  const chosen = choose(sources, compiler.check);
  compiler.save();
  const results = join(root, `.cache/mutants/results-${given.seed}.json`);
  const equivalent = JSON.parse(readFileSync(new URL('equivalent.json', import.meta.url), 'utf8'));
  if (given.list) {
    for (const mutant of chosen) log(`${mutant.id} ${mutant.file}:${mutant.line} ${mutant.operator}: ${mutant.change}`);
    return;
  }
  const before = !given.again && existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {};
  const isRepeated = ({ id }) => given.survivors && before[id].verdict === 'survived' && equivalent[id] === undefined;
  const isKnown = (mutant) => before[mutant.id] !== undefined && !isRepeated(mutant);

  buildPages(); // some tests open the built pages
  const tests = new Map(given.area.map((area) => [area, testFiles(root, areas[area].tests)]));
  const excluded = new Set(testFiles(root, leftOut));
  const files = [...new Set([...tests.values()].flat())].filter((file) => !excluded.has(file)).sort();
  const workers = Number(given.workers);
  const settings = { launcher, limitOf: () => 120_000 };
  const instrumented = all.map((source) => [source.file, source.instrumented]);
  const coverage = await recordCoverage(root, files, { instrumented, settings, workers, log });

  const verdicts = new Map(chosen.filter(isKnown).map(({ id }) => [id, before[id]]));
  const queue = chosen.filter((mutant) => !isKnown(mutant));
  if (verdicts.size > 0) log(`${verdicts.size} of ${chosen.length} mutants have a verdict of an earlier run.`);
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const copy = copyRepository(root);
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const selected = covering(mutant, coverage, tests.get(mutant.area));
        const start = Date.now();
        const result = await judge(copy, mutant, selected, coverage);
        verdicts.set(mutant.id, result);
        log(`${result.verdict} ${describe(mutant)} (${result.by}, ${Math.round((Date.now() - start) / 1000)} s)`);
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

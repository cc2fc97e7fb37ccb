// Finds out which test files pass which probes of the sources, and keeps it in .cache.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { copyRepository, runTests, sourceFiles } from './tests.mjs';

const hashOf = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);

/**
 * Runs the test files that have no record, or have changed since.
 * @param {object} given `instrumented` maps the paths of sources to their texts with probes.
 * @returns A map from each test file that ends in time to its `time` in ms, and to the functions of {@link readRecord}.
 */
export async function recordCoverage(root, files, { instrumented, settings, workers, log }) {
  const folder = join(root, '.cache/mutants');
  mkdirSync(folder, { recursive: true });
  const cache = join(folder, 'coverage.json');
  const { records = {}, sources = {} } = readJson(cache) ?? {};
  const texts = sourceFiles(root, ['src']).map(({ file, text }) => [file, hashOf(text)]);
  const current = hashOf(...texts.flat());
  sources[current] = Object.fromEntries(texts);
  const keyOf = (file) => hashOf(readFileSync(join(root, file), 'utf8'));
  const missing = files.filter((file) => records[file]?.key !== keyOf(file));
  if (missing.length > 0) {
    log(`Records which code ${missing.length} test files reach.`);
    const batches = [];
    for (let at = 0; at < missing.length; at += 8) batches.push(missing.slice(at, at + 8));
    await Promise.all(
      Array.from({ length: workers }, async () => {
        const copy = copyRepository(root);
        for (const [file, text] of instrumented) writeFileSync(join(copy, file), text);
        for (let batch = batches.shift(); batch; batch = batches.shift()) {
          const keys = new Map(batch.map((file) => [file, hashOf(readFileSync(join(copy, file), 'utf8'))]));
          // Each record is kept at once, so that an interrupted run repeats no test file that has ended.
          const keep = (file, record) => {
            records[file] = { key: keys.get(file), sources: current, ...record };
            writeFileSync(cache, JSON.stringify({ records, sources }));
          };
          const left = batch.slice(await recordBatch(copy, batch, { settings, keep }));
          if (left.length > 0) batches.push(left);
        }
        rmSync(copy, { recursive: true, force: true });
      }),
    );
  }
  const isSame = (file, record) => sources[record.sources]?.[file] === sources[current][file];
  const isSlow = (file) => records[file].time === undefined;
  for (const file of files.filter(isSlow)) log(`Left out, because it does not end in time: ${file}`);
  const kept = files.filter((file) => !isSlow(file));
  return new Map(kept.map((file) => [file, readRecord(records[file], isSame)]));
}

/** Reads a record. In a source file that has changed since, a test reaches every statement if it reached any. */
function readRecord(record, isSame) {
  const probes = new Set(record.probes);
  const entered = new Map();
  for (const probe of record.probes) {
    const [file] = probe.split('#');
    entered.set(file, (entered.get(file) ?? 0) + 1);
  }
  return {
    time: record.time,
    /** Returns the number of statements of a source file that the test reaches. */
    countIn: (file) => entered.get(file) ?? 0,
    reaches(probe) {
      const [file] = probe.split('#');
      return isSame(file, record) ? probes.has(probe) : entered.has(file);
    },
  };
}

/**
 * Keeps the records of the first files of a batch: of those that ended, and of the file that took too long or ended the
 * process. Returns their number.
 */
async function recordBatch(copy, batch, { settings, keep }) {
  const probes = mkdtempSync(join(tmpdir(), 'chatkit-express-probes-'));
  const probesOf = (file) => {
    const found = readdirSync(probes).map((name) => readJson(join(probes, name)));
    return found.find((record) => record !== undefined && relative(copy, record.file) === file)?.probes ?? [];
  };
  const onEnd = ({ file, time }) => keep(file, { time, probes: probesOf(file) });
  try {
    const { ended, stuck, crash } = await runTests(copy, batch, { ...settings, probes, onEnd });
    const broken = stuck ?? (crash === undefined ? undefined : batch[ended.length]);
    if (broken !== undefined) keep(broken, { probes: [] });
    return ended.length + (broken === undefined ? 0 : 1);
  } finally {
    rmSync(probes, { recursive: true, force: true });
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

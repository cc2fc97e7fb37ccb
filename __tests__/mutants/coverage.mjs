// Finds out which test files pass which probes of the sources, and keeps it in .cache.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { copyRepository, runTests, sourceFiles } from './tests.mjs';

const hashOf = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);

/**
 * Runs the test files whose record is missing or older than their text or the sources.
 * @param {object} given `instrumented` maps the paths of sources to their texts with probes.
 * @returns A map from each test file to its `time` in ms and the set of `probes` that it passes.
 */
export async function recordCoverage(root, files, { instrumented, settings, workers, log }) {
  const folder = join(root, '.cache/mutants');
  mkdirSync(folder, { recursive: true });
  const cache = join(folder, 'coverage.json');
  const known = readJson(cache) ?? {};
  const sources = hashOf(...sourceFiles(root, ['src']).map(({ text }) => text));
  const keyOf = (file) => hashOf(sources, readFileSync(join(root, file), 'utf8'));
  const missing = files.filter((file) => known[file]?.key !== keyOf(file) || known[file].failure !== undefined);
  if (missing.length > 0) {
    log(`Records which code ${missing.length} test files reach.`);
    const keys = new Map(missing.map((file) => [file, keyOf(file)]));
    const batches = [];
    for (let at = 0; at < missing.length; at += 8) batches.push(missing.slice(at, at + 8));
    await Promise.all(
      Array.from({ length: workers }, async () => {
        const copy = copyRepository(root);
        for (const [file, text] of instrumented) writeFileSync(join(copy, file), text);
        for (let batch = batches.shift(); batch; batch = batches.shift()) {
          const records = await recordBatch(copy, batch, settings);
          for (const [file, record] of records) known[file] = { key: keys.get(file), ...record };
          writeFileSync(cache, JSON.stringify(known));
        }
        rmSync(copy, { recursive: true, force: true });
      }),
    );
  }
  const failed = files.filter((file) => known[file] === undefined || known[file].failure !== undefined);
  for (const file of failed) log(`Left out, because it fails without a change: ${file}: ${known[file]?.failure}`);
  const passing = files.filter((file) => !failed.includes(file));
  return new Map(passing.map((file) => [file, { time: known[file].time, probes: new Set(known[file].probes) }]));
}

/** Returns the record of each file of a batch that ended. */
async function recordBatch(copy, batch, settings) {
  const probes = mkdtempSync(join(tmpdir(), 'chatkit-express-probes-'));
  try {
    const { ended, stuck } = await runTests(copy, batch, { ...settings, probes, bail: false });
    const passed = new Map();
    for (const name of readdirSync(probes)) {
      const record = readJson(join(probes, name));
      passed.set(relative(copy, record.file), record.probes);
    }
    const records = ended.map(({ file, time, failure }) => [file, { time, failure, probes: passed.get(file) ?? [] }]);
    return stuck === undefined ? records : [...records, [stuck, { failure: 'It does not end.', probes: [] }]];
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

// Notes which probes a test file passes, and writes them to the folder that PROBES names.
/* global afterAll, expect */
const { writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const passed = new Set();
globalThis.__probe = (id) => passed.add(id);

afterAll(() => {
  const file = expect.getState().testPath;
  const record = JSON.stringify({ file, probes: [...passed] });
  writeFileSync(join(process.env.PROBES, `${basename(file)}-${process.hrtime.bigint()}.json`), record);
});

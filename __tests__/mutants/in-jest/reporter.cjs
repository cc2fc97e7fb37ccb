// Reports to the program that started Jest: one line of JSON on its descriptor 3 for each test file that begins or ends.
const { writeSync } = require('node:fs');
const { relative } = require('node:path');

module.exports = class Progress {
  #rootDir;

  constructor({ rootDir }) {
    this.#rootDir = rootDir;
  }

  #report(kind, fields = {}) {
    writeSync(3, `${JSON.stringify({ kind, ...fields })}\n`);
  }

  onRunStart() {
    this.#report('ready');
  }

  onTestFileStart({ path }) {
    this.#report('begin', { file: relative(this.#rootDir, path) });
  }

  onTestFileResult({ path }, { testResults, testExecError, perfStats }) {
    const failed = testResults.filter(({ status }) => status === 'failed');
    const failure = failed[0]?.failureMessages[0] ?? testExecError?.message;
    this.#report('end', {
      file: relative(this.#rootDir, path),
      time: perfStats.end - perfStats.start,
      failed: failed.map(({ fullName }) => fullName),
      ...(failure !== undefined && { failure: String(failure).slice(0, 400) }),
    });
  }
};

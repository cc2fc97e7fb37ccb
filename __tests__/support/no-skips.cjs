// A Jest reporter for CI, which fails a run with skipped or todo tests.
module.exports = class NoSkips {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    if (skipped === 0) return;
    this.error = new Error(`${skipped} of the tests did not run; in CI all of them must`);
    console.error(this.error.message);
  }

  getLastError() {
    return this.error;
  }
};

// Skips the rest of a test file after its first failure, because one failure is enough to notice a mutant. EXPECTED lists
// the tests that fail without the mutant as well. Without it, all tests run.
const { TestEnvironment } = require('jest-environment-node');

const expected = process.env.EXPECTED === undefined ? undefined : new Set(JSON.parse(process.env.EXPECTED));

/** Returns the name of a test with the names of the blocks around it, as Jest reports it. */
function fullName({ name, parent }) {
  return parent.parent === undefined ? name : `${fullName(parent)} ${name}`;
}

module.exports = class FirstFailure extends TestEnvironment {
  #hasFailed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_start' && this.#hasFailed) test.mode = 'skip';
    if (name !== 'test_done' || expected === undefined) return;
    if (test.errors.length > 0 && !expected.has(fullName(test))) this.#hasFailed = true;
  }
};

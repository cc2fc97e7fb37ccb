// The order of the test files where Jest has not yet measured them, as in CI: first those that start processes, servers
// or browsers. One of these at the end would leave the other cores without work.
const Sequencer = require('@jest/test-sequencer').default;

const slow = /__tests__.(deployment|example-app|instances|package|playground|races|registries|slow|stores)\b/;

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return [...sorted.filter(({ path }) => slow.test(path)), ...sorted.filter(({ path }) => !slow.test(path))];
  }
};

// Runs test files in the order in which the command line names them.
const { relative } = require('node:path');

module.exports = class GivenOrder {
  sort(tests) {
    const position = ({ path, context }) => process.argv.indexOf(relative(context.config.rootDir, path));
    return [...tests].sort((a, b) => position(a) - position(b));
  }

  cacheResults() {}
};

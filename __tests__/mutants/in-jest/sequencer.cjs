// Runs test files in the order in which the command line names them.
const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

module.exports = class GivenOrder extends Sequencer {
  sort(tests) {
    const given = process.argv.map((argument) => argument.replace(/^\.\//, ''));
    const position = ({ path, context }) => given.indexOf(relative(context.config.rootDir, path));
    return [...tests].sort((a, b) => position(a) - position(b));
  }
};

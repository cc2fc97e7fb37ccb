// Jest's environment for Node, with a cache of compiled code. Jest loads every module again for each test file, and without
// the cache V8 compiles it each time, which took a fifth of the processor time of most test files.
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/** The code of each module by the name of its file, with what V8 made of it. */
const compiled = new Map();

/** The scripts that the running test file was the first to load. */
const fresh = [];

const { compileFunction } = vm;

// Jest loads a module by this function, for which Node 20 makes no cache with the functions that have run. A script has one.
vm.compileFunction = (code, parameters, options) => {
  const { parsingContext, filename, importModuleDynamically, ...others } = options;
  if (!parsingContext || !filename || Object.keys(others).length > 0) return compileFunction(code, parameters, options);
  // V8 compares no more than the length, so the whole code is compared here.
  const known = compiled.get(filename);
  const cachedData = known?.code === code ? known.cachedData : undefined;
  const head = `(function (${parameters.join(', ')}) {`;
  const script = new vm.Script(`${head}${code}\n})`, {
    filename,
    importModuleDynamically,
    columnOffset: -head.length,
    cachedData,
  });
  if (!cachedData) fresh.push({ filename, code, script });
  return script.runInContext(parsingContext);
};

module.exports = class CompilingOnce extends TestEnvironment {
  async teardown() {
    // Not before the end, when the functions that tests call are compiled.
    for (const { filename, code, script } of fresh.splice(0)) {
      compiled.set(filename, { code, cachedData: script.createCachedData() });
    }
    await super.teardown();
  }
};

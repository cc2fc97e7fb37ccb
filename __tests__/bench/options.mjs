// The command line of npm run bench.
import { parseArgs } from 'node:util';

const help = `Usage: npm run bench -- [options]
  --scenarios NAME,NAME   Measures only these scenarios.
  --against COMMIT        Builds the commit too, alternates the builds, and fails when a scenario costs over 5 % more in
                          each repetition. Measures burst, tick and list, unless --scenarios names others.
  --quick                 Measures so little that the numbers mean nothing. For the tests of the benchmark.
  --json                  Prints each row as a line of JSON.
  --cpu-prof FOLDER       Writes CPU profiles of the measured servers to the folder.`;

/**
 * Returns the options. An unknown scenario ends the process.
 * @param names The names of all scenarios.
 */
export function readOptions(names) {
  const { values } = parseArgs({
    options: {
      scenarios: { type: 'string' },
      against: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(`${help}\nScenarios: ${names.join(', ')}`);
    process.exit();
  }
  const isCompared = values.against !== undefined || process.env.BENCH_AGAINST !== undefined;
  const scenarios = values.scenarios?.split(',') ?? (isCompared ? ['burst', 'tick', 'list'] : names);
  const unknown = scenarios.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no scenario ${unknown.join(', ')}. The scenarios are ${names.join(', ')}`);
    process.exit(2);
  }
  return { ...values, scenarios, profiles: values['cpu-prof'] };
}

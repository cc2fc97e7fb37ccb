// Keeps a mistake that every run of a hook makes from filling the log.
import { type Logger, sharedLogger } from '../logger';
import type { RuleName } from './rules';

/** How many runs report a mistake in full. */
const reportedRuns = 10;
/** How often later runs report it, in milliseconds. */
const pauseMs = 60_000;

interface Mistake {
  runs: number;
  reportedAt: number;
  /** The runs that have made the mistake since it was reported. */
  repeated: number;
}

/** The mistakes of the hooks of each server, by the logger of its options. */
const servers = new WeakMap<Logger, Map<RuleName, Mistake>>();

/**
 * Counts a run that makes a mistake.
 * @returns How many earlier runs have made the mistake without a line in the log. Undefined when this run is not
 * reported either.
 */
export function countMistake(logger: Logger, rule: RuleName): number | undefined {
  const server = sharedLogger(logger);
  const mistakes = servers.get(server) ?? new Map<RuleName, Mistake>();
  servers.set(server, mistakes);
  const mistake = mistakes.get(rule) ?? { runs: 0, reportedAt: 0, repeated: 0 };
  mistakes.set(rule, mistake);
  mistake.runs++;
  const now = performance.now();
  if (mistake.runs > reportedRuns && now - mistake.reportedAt < pauseMs) {
    mistake.repeated++;
    return undefined;
  }
  const { repeated } = mistake;
  mistake.reportedAt = now;
  mistake.repeated = 0;
  return repeated;
}

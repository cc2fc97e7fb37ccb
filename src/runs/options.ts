// The options `runs` and `limits`, their defaults, and the checks at construction.
import { MemoryRunRegistry } from './memory-registry';
import type { BusyPolicy, RunRegistry } from './registry';

/** The option `runs`. */
export interface RunOptions {
  /**
   * Decides the effect of a closed connection where the page does not report Stop itself, with the header
   * `chatkit-run-control: 1`. `cancel`: a closed connection ends the run. `continue`: the run continues, and Stop in
   * such a page no longer stops it. Default `cancel`.
   */
  onDisconnect?: 'cancel' | 'continue' | undefined;
  /**
   * Decides how a request acts while its thread is being answered. `allow`: both are answered at the same time.
   * `refuse`: the request is refused with 409. `queue`: its message is stored at once, and its hook starts when the
   * earlier runs have ended; at most ten requests wait, and the next is refused with 409. `replace`: the earlier runs
   * end, and their partial answers are kept. A retry of the message that is being answered replaces its answer, except
   * with `refuse`. Default `allow`.
   */
  onBusyThread?: BusyPolicy | undefined;
  /**
   * For how long a run that can continue is kept after its end, in milliseconds, for a reader that lost the last
   * events. Default 60,000.
   */
  keepEndedMs?: number | undefined;
  /** How many events of a run that can continue are kept for readers whose connection broke. Default 2,048. */
  maxReplayEvents?: number | undefined;
  /**
   * Records the runs. Default: a `MemoryRunRegistry`, which records the runs of this process. `store.runRegistry()` of
   * `PostgresStore` is shared by all processes with the same database.
   */
  registry?: RunRegistry | undefined;
}

/** The option `limits`. */
export interface RunLimits {
  /**
   * How long a hook may take, in milliseconds, before its run is cancelled with `timeout`. Default: any time; 600,000
   * for a run that continues without a connection.
   */
  maxRunMs?: number | undefined;
  /**
   * How many runs can be open, in all processes that share `runs.registry`. Those of other processes are counted as they
   * were at most one heartbeat ago. A further run is refused with 429, before anything is stored. Default:
   * any number.
   */
  maxRuns?: number | undefined;
  /**
   * How many runs of one owner can be open, in all processes that share `runs.registry`. The owner is the store's `ownerOf`, and otherwise the
   * context as JSON. A further run is refused with 429, before anything is stored. Default: any number.
   */
  maxRunsPerOwner?: number | undefined;
  /**
   * How long a hook may take to yield its first event, in milliseconds, before its run is cancelled with `timeout`.
   * Default: `idleMs`.
   */
  firstEventMs?: number | undefined;
  /**
   * How long a hook may take to yield its next event, in milliseconds, before its run is cancelled with `timeout`. A
   * hook that is paused because its reader is slow is not idle. Default: any time.
   */
  idleMs?: number | undefined;
  /**
   * How long a client may accept no bytes of a stream while bytes wait for it, in milliseconds, before its connection
   * is closed. Default: any time.
   */
  stalledReaderMs?: number | undefined;
}

/** Both options with their defaults filled in. */
export interface ResolvedRuns {
  onDisconnect: 'cancel' | 'continue';
  onBusyThread: BusyPolicy;
  keepEndedMs: number;
  maxReplayEvents: number;
  registry: RunRegistry;
  limits: RunLimits;
}

const numbers = { keepEndedMs: 60_000, maxReplayEvents: 2048 };
const disconnects = new Set<unknown>(['cancel', 'continue']);
const policies = new Set<unknown>(['allow', 'refuse', 'queue', 'replace']);
const limitTimes = ['maxRunMs', 'firstEventMs', 'idleMs', 'stalledReaderMs'] as const;
const limitCounts = ['maxRuns', 'maxRunsPerOwner'] as const;
const registryMethods = [
  'begin',
  'list',
  'find',
  'cancel',
  'pendingItems',
  'follow',
  'elsewhere',
  'forgetOwner',
  'open',
  'close',
] as const;
/** Node shortens a longer timer to one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

/** @param refuse Throws an error with the given message. */
export function resolveRuns(
  { runs, limits }: { runs?: RunOptions | undefined; limits?: RunLimits | undefined },
  refuse: (what: string) => never,
): ResolvedRuns {
  const known = ['onDisconnect', 'onBusyThread', 'registry', ...Object.keys(numbers)];
  const given = checkedObject('runs', runs, known, refuse);
  const { onDisconnect = 'cancel', onBusyThread = 'allow', registry = new MemoryRunRegistry() } = given as RunOptions;
  if (!disconnects.has(onDisconnect)) refuse("`runs.onDisconnect` must be 'cancel' or 'continue'");
  if (!policies.has(onBusyThread)) {
    refuse("`runs.onBusyThread` must be 'allow', 'refuse', 'queue' or 'replace'");
  }
  for (const method of registryMethods) {
    if (typeof (Object(registry) as Partial<RunRegistry>)[method] !== 'function')
      refuse(`\`runs.registry\` has no method \`${method}\``);
  }
  const givenLimits = checkedObject('limits', limits, [...limitTimes, ...limitCounts], refuse);
  const ofLimits = (names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [`limits.${name}`, givenLimits[name]]));
  const times = { 'runs.keepEndedMs': given['keepEndedMs'], ...ofLimits(limitTimes) };
  const counts = { 'runs.maxReplayEvents': given['maxReplayEvents'], ...ofLimits(limitCounts) };
  for (const [name, value] of Object.entries({ ...times, ...counts })) {
    if (value !== undefined && !isCount(value)) refuse(`\`${name}\` must be a whole number above 0`);
  }
  for (const [name, value] of Object.entries(times)) {
    if (Number(value ?? 0) > longestTimerMs) refuse(`\`${name}\` can be ${longestTimerMs} at most`);
  }
  return { ...numbers, ...given, onDisconnect, onBusyThread, registry, limits: givenLimits };
}

function checkedObject(
  name: string,
  value: object | undefined,
  known: readonly string[],
  refuse: (what: string) => never,
): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(`\`${name}\` must be an object`);
  for (const key of Object.keys(value)) if (!known.includes(key)) refuse(`there is no option \`${name}.${key}\``);
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

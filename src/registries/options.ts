// The options of a registry that several processes share.
import { ChatKitError } from '../errors';
import { checkOptionNames } from '../known-options';

/** Options of a registry that several processes share. All its processes must have the same options. */
export interface SharedRegistryOptions {
  /**
   * For how long a run keeps its lease without a heartbeat, in milliseconds. After that another process takes the run
   * over. At least twice `heartbeatMs`. Default 15,000.
   */
  leaseMs?: number | undefined;
  /**
   * How often a process renews the leases of its runs, in milliseconds. Also how long Stop from another process, and the
   * first event for a reader in another process, can take while signals do not arrive. Default 5,000.
   */
  heartbeatMs?: number | undefined;
  /**
   * How often the snapshot of a run is stored while it grows, in milliseconds: the text that a crash can lose. Default
   * 2,000, and `heartbeatMs` where that is shorter.
   */
  snapshotMs?: number | undefined;
}

/** @throws ChatKitError `invalid_request` for an option that is unknown or not valid. */
export function resolveRegistryOptions(
  name: string,
  options: SharedRegistryOptions,
): Required<SharedRegistryOptions> & object {
  checkOptionNames(name, options, ['leaseMs', 'heartbeatMs', 'snapshotMs']);
  const { leaseMs = 15_000, heartbeatMs = 5000 } = options;
  const { snapshotMs = Math.min(2000, heartbeatMs) } = options;
  for (const [option, value] of Object.entries({ leaseMs, heartbeatMs, snapshotMs })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 86_400_000) {
      const message = `${name}: \`${option}\` must be a whole number of milliseconds from 1 to 86,400,000`;
      throw new ChatKitError('invalid_request', message);
    }
  }
  if (leaseMs < 2 * heartbeatMs) {
    throw new ChatKitError('invalid_request', `${name}: \`leaseMs\` must be at least twice \`heartbeatMs\``);
  }
  return { leaseMs, heartbeatMs, snapshotMs };
}

// The subset of `pg` that the stores and registries call.

/** The methods of a connection that the store calls. `connect()` of a `pg` Pool resolves with such a connection. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Returns the connection to the pool, or closes it when called with an error. */
  release(error?: Error | boolean): void;
  /**
   * Adds a listener of `notification` and `error`, as a connection of `pg` has it. Without it a registry of runs receives
   * no signals, and polls.
   */
  on?(event: string, listener: (...values: unknown[]) => void): unknown;
  removeListener?(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** The methods of a connection pool that the store calls. A `Pool` of `pg` has them. */
export interface PostgresPool {
  /** Executes one statement on any connection, in its own transaction. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Resolves with a connection, for migrations and for the signals of a registry of runs. */
  connect(): Promise<PostgresClient>;
}

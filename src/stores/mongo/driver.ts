// The part of the `mongodb` driver that MongoStore calls, and its errors.

/** The result of a write. */
export interface MongoWriteResult {
  matchedCount: number;
  upsertedCount: number;
}

/** The methods of a collection that the store calls. */
export interface MongoCollection {
  findOne(filter: object, options?: object): Promise<object | null>;
  find(filter: object, options?: object): { toArray(): Promise<object[]> };
  aggregate(pipeline: object[]): { toArray(): Promise<object[]> };
  insertMany(documents: readonly object[]): Promise<unknown>;
  updateOne(filter: object, update: object, options?: object): Promise<MongoWriteResult>;
  updateMany(filter: object, update: object): Promise<MongoWriteResult>;
  bulkWrite(operations: readonly object[]): Promise<MongoWriteResult>;
  findOneAndUpdate(filter: object, update: object, options: object): Promise<object | null>;
  deleteOne(filter: object): Promise<{ deletedCount: number }>;
  deleteMany(filter: object): Promise<{ deletedCount: number }>;
  countDocuments(filter: object): Promise<number>;
  createIndex(keys: Record<string, 1>, options?: { unique?: boolean }): Promise<unknown>;
}

/** The methods of a database that the store calls. A `Db` of `mongodb` has them. */
export interface MongoDatabase {
  collection(name: string): MongoCollection;
  command(command: object): Promise<unknown>;
}

/** Returns true when a write was refused by a unique index. */
export function isDuplicate(error: unknown): boolean {
  return (Object(error) as { code?: unknown }).code === 11000;
}

/** The codes of servers that lack a stage, or an option of a stage. */
const unsupportedCodes = new Set([
  115, // CommandNotSupported
  238, // NotImplemented
  304, // of Amazon DocumentDB
  40_324, // an unknown stage
]);

/** Returns true when the server has no $lookup with a pipeline. */
export function cannotJoin(error: unknown): boolean {
  return unsupportedCodes.has((Object(error) as { code: number }).code);
}

/** The codes of rows that are larger together than the 100 MB that a $lookup holds, or than a document. */
const tooLargeCodes = new Set([
  4568, // of $lookup
  10_334, // BSONObjectTooLarge
  17_419, // of a result
]);

/** Returns true when the rows of one $lookup are too large, so that they have to be read by a command of their own. */
export function isTooLargeToJoin(error: unknown): boolean {
  return tooLargeCodes.has((Object(error) as { code: number }).code);
}

/** The codes of a server that starts, stops, or has another primary since, and of a lost connection. */
const transientCodes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  89, // NetworkTimeout
  91, // ShutdownInProgress
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);
/** The names of the driver's errors without a server's answer. */
const transientNames =
  /^Mongo(?:Network|NetworkTimeout|ServerSelection|PoolCleared|WaitQueueTimeout)Error$|^PoolCleared/;

/** Returns true for errors of a MongoDB server that restarts, is unreachable, or has another primary since. */
export function isTransientOfMongo(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code } = error as { name: string; code?: unknown };
  return transientNames.test(name) || (typeof code === 'number' && transientCodes.has(code));
}

// chatkit-express/disk: an AttachmentStore in a folder, for one process or several on one machine.
import { randomUUID } from 'node:crypto';
import { type BigIntStats, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChatKitError, NotFoundError } from '../errors';
import { checkOptionNames } from '../known-options';
import { assertOwner } from '../stores/owner';
import { AttachmentStore, type ByteRange, type BytesDetails, type BytesInfo, type BytesKey } from './attachment-store';
import { pathOfBytes, pathOfWaiting, temporaryName, writerOf } from './disk-paths';

/** Options of {@link DiskAttachmentStore}. */
export interface DiskAttachmentStoreOptions<TContext> {
  /** The folder, for this store alone. Created when it does not exist. Its files must not be served directly. */
  directory: string;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Use the same function as in your Store.
   * Called once for each call. Not async. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
}

/** The time without a write after which an upload of another machine counts as dead, in milliseconds. */
const foreignAgeMs = 24 * 60 * 60 * 1000;

const instanceId = randomUUID();
const processStart = Date.now() - performance.now();

/**
 * Keeps each attachment in its own file. A file is complete from the moment it exists: bytes are written to a temporary
 * file in the same folder, flushed to the disk, and then renamed. Temporary files of a crashed process are removed when
 * the next process creates its store. Several processes can share the folder.
 *
 * Methods reject with the system's own error when the disk fails or is full, and then leave nothing behind.
 */
export class DiskAttachmentStore<TContext = unknown> extends AttachmentStore<TContext> {
  readonly #directory: string;
  readonly #temporary: string;
  readonly #waiting: string;
  readonly #owner: (context: TContext) => string;

  /**
   * Creates the folder, and removes temporary files of processes that no longer run.
   * @throws ChatKitError `invalid_request` for an option that is missing or wrong. The system's error when the folder
   * cannot be created.
   */
  constructor(options: DiskAttachmentStoreOptions<TContext>) {
    super();
    checkOptionNames('DiskAttachmentStore', options, ['directory', 'owner']);
    const { directory, owner } = options ?? {};
    if (typeof directory !== 'string' || directory === '') {
      throw new ChatKitError('invalid_request', 'DiskAttachmentStore: `directory` must be the path of a folder');
    }
    if (typeof owner !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'DiskAttachmentStore: `owner` must be a function that returns the owner of a request, such as ' +
          "`(context) => context.userId`. To share everything between all requests, use `owner: () => 'shared'`",
      );
    }
    this.#directory = resolve(directory);
    this.#temporary = join(this.#directory, 'tmp');
    this.#waiting = join(this.#directory, 'waiting');
    this.#owner = owner;
    for (const folder of [this.#temporary, this.#waiting]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeLeftOvers(this.#temporary);
  }

  /** @throws ChatKitError `unauthorized` when the request has no owner. */
  override ownerOf(context: TContext): string {
    return assertOwner(this.#owner(context));
  }

  override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails): Promise<BytesInfo> {
    const { signal, untilKept = false } = details;
    const { kept, waiting } = this.#pathsOf(key);
    const path = untilKept ? waiting : kept;
    const writer = { host: hostname(), pid: process.pid, instanceId };
    const temporary = join(this.#temporary, temporaryName(writer, randomUUID()));
    try {
      await writeFile(temporary, source, signal);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      signal.throwIfAborted();
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!source.destroyed) source.destroy();
      await rm(temporary, { force: true });
      throw error;
    }
    return this.statBytes(key);
  }

  override async readBytes(key: BytesKey, range?: ByteRange, etag?: string): Promise<Readable> {
    const file = await this.#find(key, (path) => open(path, 'r'));
    if (etag !== undefined && etag !== etagOf(await file.stat({ bigint: true }))) {
      await file.close();
      throw haveChanged();
    }
    return file.createReadStream(range && { start: range.start, end: range.end });
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    const stats = await this.#find(key, (path) => stat(path, { bigint: true }));
    const lastModified = new Date(Number(stats.mtimeNs / 1_000_000n));
    return { size: Number(stats.size), etag: etagOf(stats), lastModified };
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    const { kept, waiting } = this.#pathsOf(key);
    // In the order in which `keepBytes` moves a file, so that a concurrent move leaves nothing behind.
    for (const path of [waiting, kept]) await rm(path, { force: true });
  }

  /**
   * Moves the file. Another upload may replace the file between the comparison of `etag` and the move. That is
   * harmless, because the middleware has checked every upload to this key.
   */
  override async keepBytes(key: BytesKey, etag?: string): Promise<void> {
    const { kept, waiting } = this.#pathsOf(key);
    if (await unlessMissing(stat(kept))) return;
    const found = etag === undefined ? undefined : await unlessMissing(stat(waiting, { bigint: true }));
    if (found && etagOf(found) !== etag) throw haveChanged();
    await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
    const moved = rename(waiting, kept).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await stat(kept); // exists when a concurrent call has moved the file
    });
    await orNotFound(moved, key);
    await syncFolder(dirname(kept));
  }

  /**
   * Removes temporary files of all processes that were last written before this time, and bytes that were never made
   * permanent.
   */
  override async removeUnfinished(before: Date): Promise<void> {
    for (const folder of [this.#temporary, this.#waiting]) {
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        const found = await stat(path).catch(() => null); // the upload may be finished by now
        if (found && found.mtimeMs < before.getTime()) await rm(path, { force: true });
      }
    }
  }

  #pathsOf(key: BytesKey): { kept: string; waiting: string } {
    return { kept: pathOfBytes(this.#directory, key), waiting: pathOfWaiting(this.#waiting, key) };
  }

  /** Calls `use` with the path of the bytes, permanent or not. */
  async #find<T>(key: BytesKey, use: (path: string) => Promise<T>): Promise<T> {
    const { kept, waiting } = this.#pathsOf(key);
    // The first path is tried again, because the file may move in between.
    return (
      (await unlessMissing(use(kept))) ?? (await unlessMissing(use(waiting))) ?? (await orNotFound(use(kept), key))
    );
  }
}

function etagOf({ size, mtimeNs, ino }: BigIntStats): string {
  return [size, mtimeNs, ino].map((part) => part.toString(36)).join('-');
}

function haveChanged(): ChatKitError {
  return new ChatKitError('conflict', 'The bytes have changed since they were checked');
}

async function writeFile(path: string, source: Readable, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const file = await open(path, 'wx', 0o600);
  try {
    const write = (chunk: Buffer, _encoding: string, done: (error?: Error) => void) =>
      void file.writeFile(chunk).then(() => done(), done);
    await pipeline(source, new Writable({ write }), { signal });
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a folder, because a renamed file survives a power failure only after that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null); // Windows cannot open folders, and does not need this
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

async function orNotFound<T>(work: Promise<T>, { id }: BytesKey): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotFoundError(`There are no bytes of ${id}`, { cause: error });
  }
}

function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modified !== undefined && isLeftOver(name, modified)) rmSync(path, { force: true });
  }
}

/**
 * Returns true when the process that wrote a temporary file no longer runs. Returns false in doubt, because a sweep
 * removes the file later.
 */
function isLeftOver(name: string, modifiedMs: number): boolean {
  const writer = writerOf(name, hostname());
  if (!writer) return false; // not a file of this package
  if (!writer.isThisHost) return modifiedMs < Date.now() - foreignAgeMs;
  if (writer.instanceId === instanceId) return false;
  // The age decides, because in a container the next process often has the same pid.
  if (writer.pid === process.pid) return modifiedMs < processStart;
  return !isAlive(writer.pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // the process of another user
  }
}

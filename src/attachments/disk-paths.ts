// Where in a folder an attachment's bytes are. The names of files and folders are made here, never taken from a client.
import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { BytesKey } from './attachment-store';

/** Ids as this package makes them: safe on every file system, also where capitals do not count. */
const plainId = /^[a-z]{1,16}_[a-z0-9]{1,64}$/;

/**
 * The path of a key's bytes below `directory`: a folder for the owner, named by the SHA-256 of the owner, and a file
 * in it, named by the id, or by its SHA-256 when the id is not of this package's own form. Any two keys have two paths.
 */
export function pathOfBytes(directory: string, { owner, id }: BytesKey): string {
  // The dash is in no plain id, so no id looks like another one's digest.
  const file = plainId.test(id) ? id : `sha256-${sha256(id)}`;
  const path = join(directory, sha256(owner), file);
  const inside = relative(directory, path);
  if (inside.startsWith('..') || isAbsolute(inside)) throw new Error('A path has left its folder');
  return path;
}

/** The path of bytes that wait to be kept, all in one folder. Any two keys have two paths. */
export function pathOfWaiting(folder: string, key: BytesKey): string {
  const path = pathOfBytes(folder, key);
  return join(folder, `${basename(dirname(path))}.${basename(path)}`);
}

function sha256(text: string): string {
  // As JSON, in which halves of characters are told apart.
  return createHash('sha256').update(JSON.stringify(text)).digest('hex');
}

/** What the name of a temporary file tells of the process that writes it. */
export interface Writer {
  /** The machine: another one's processes cannot be looked up. */
  host: string;
  pid: number;
  /** Tells apart the processes that have had one pid, and the stores in one process. */
  instanceId: string;
}

/** The name of a temporary file. `unique` is letters, digits and dashes. */
export function temporaryName({ host, pid, instanceId }: Writer, unique: string): string {
  return `${sha256(host).slice(0, 16)}.${pid}.${instanceId}.${unique}.part`;
}

/** The writer of a temporary file, its machine as {@link temporaryName} tells it. Null for a file that is none. */
export function writerOf(name: string, host: string): (Omit<Writer, 'host'> & { isThisHost: boolean }) | null {
  const [, machine, pid, instanceId] = /^([0-9a-f]{16})\.(\d+)\.([\w-]+)\.[\w-]+\.part$/.exec(name) ?? [];
  if (machine === undefined || pid === undefined || instanceId === undefined) return null;
  return { isThisHost: machine === sha256(host).slice(0, 16), pid: Number(pid), instanceId };
}

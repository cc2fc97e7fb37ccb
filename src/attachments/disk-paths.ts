// Makes the paths of attachments' bytes. Names of files and folders never come from a client.
import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { BytesKey } from './attachment-store';

/** The form of ids that this package generates. They are safe names on every file system, also if it ignores case. */
const plainId = /^[a-z]{1,16}_[a-z0-9]{1,64}$/;

/**
 * Returns the path of a key's bytes below `directory`. The folder is named by the SHA-256 of the owner. The file is
 * named by the id, or by the SHA-256 of an id that does not have this package's own form. No two keys have the same
 * path.
 */
export function pathOfBytes(directory: string, { owner, id }: BytesKey): string {
  // A generated id has no dash, so it never equals the digest of another id.
  const file = plainId.test(id) ? id : `sha256-${sha256(id)}`;
  const path = join(directory, sha256(owner), file);
  const inside = relative(directory, path);
  if (inside.startsWith('..') || isAbsolute(inside)) throw new Error('The path is outside the folder of the store');
  return path;
}

/** Returns the path of bytes that are not permanent yet. All are in one folder. No two keys have the same path. */
export function pathOfWaiting(folder: string, key: BytesKey): string {
  const path = pathOfBytes(folder, key);
  return join(folder, `${basename(dirname(path))}.${basename(path)}`);
}

function sha256(text: string): string {
  // JSON, because UTF-8 would make all lone surrogates the same.
  return createHash('sha256').update(JSON.stringify(text)).digest('hex');
}

/** The process that writes a temporary file, as the name of the file identifies it. */
export interface Writer {
  /** The name of the machine. The processes of another machine cannot be looked up. */
  host: string;
  pid: number;
  /** Distinguishes the processes that had the same pid, and the stores in one process. */
  instanceId: string;
}

/** Returns the name of a temporary file. `unique` consists of letters, digits and dashes. */
export function temporaryName({ host, pid, instanceId }: Writer, unique: string): string {
  return `${sha256(host).slice(0, 16)}.${pid}.${instanceId}.${unique}.part`;
}

/** Returns the writer of a file that {@link temporaryName} named. Null for every other file. */
export function writerOf(name: string, host: string): (Omit<Writer, 'host'> & { isThisHost: boolean }) | null {
  const [, machine, pid, instanceId] = /^([0-9a-f]{16})\.(\d+)\.([\w-]+)\.[\w-]+\.part$/.exec(name) ?? [];
  if (machine === undefined || pid === undefined || instanceId === undefined) return null;
  return { isThisHost: machine === sha256(host).slice(0, 16), pid: Number(pid), instanceId };
}

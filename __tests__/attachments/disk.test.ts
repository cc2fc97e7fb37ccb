// DiskAttachmentStore beyond the suite: names on the disk, what a crash leaves, a full disk, its options.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { pathOfBytes, temporaryName, writerOf } from '../../src/attachments/disk-paths';
import { temporaryFolder } from '../support/temporary-folder';

const folder = temporaryFolder();
let count = 0;
const newFolder = () => join(folder, String(++count));
const owner = () => 'ann';
const details = () => ({ mimeType: 'text/plain', name: 'a', signal: new AbortController().signal });

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a path', () => {
  test.each([
    'atc_0123456789abcdef',
    '../../etc/passwd',
    '/etc/passwd',
    '..',
    '.',
    'a\0b',
    'CON',
    'x'.repeat(5000),
    '\ud800',
  ])('of the id %j stays in its folder, and is short and plain', (id) => {
    for (const name of ['ann', '../..', '/', '\0', 'x'.repeat(5000)]) {
      const path = pathOfBytes('/data', { owner: name, id });
      expect(path).toMatch(/^\/data\/[0-9a-f]{64}\/(?:sha256-[0-9a-f]{64}|[a-z]{1,16}_[a-z0-9]{1,64})$/);
    }
  });

  test('of an id of this package has the id in it, and capitals make another file on every system', () => {
    expect(pathOfBytes('/d', { owner: 'a', id: 'atc_1' })).toMatch(/\/atc_1$/);
    const [one, other] = ['atc_a', 'atc_A'].map((id) => pathOfBytes('/d', { owner: 'a', id }).toLowerCase());
    expect(one).not.toBe(other);
  });

  test('of a temporary file tells who writes it', () => {
    const name = temporaryName({ host: 'h', pid: 7, instanceId: 'r-1' }, 'u-1');
    expect(writerOf(name, 'h')).toEqual({ isThisHost: true, pid: 7, instanceId: 'r-1' });
    expect(writerOf(name, 'other')).toEqual({ isThisHost: false, pid: 7, instanceId: 'r-1' });
    for (const foreign of ['a', `${name}.txt`, 'atc_1']) expect(writerOf(foreign, 'h')).toBeNull();
  });
});

describe('what a crash leaves', () => {
  const dayAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  /** A process that is no more. */
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

  test.each([
    [
      'of a process that is gone is removed at the next start',
      () => ({ host: hostname(), pid: deadPid() }),
      new Date(),
      false,
    ],
    ['of a process that lives stays', () => ({ host: hostname(), pid: process.ppid }), new Date(), true],
    [
      'of an earlier process with the same pid is removed',
      () => ({ host: hostname(), pid: process.pid }),
      dayAgo,
      false,
    ],
    ['of another machine stays while it is young', () => ({ host: 'elsewhere', pid: deadPid() }), new Date(), true],
    ['of another machine is removed when it is old', () => ({ host: 'elsewhere', pid: 1 }), dayAgo, false],
  ])('%s', (_what, writer, modified, stays) => {
    const directory = newFolder();
    mkdirSync(join(directory, 'tmp'), { recursive: true });
    const name = temporaryName({ ...writer(), instanceId: 'another-run' }, 'u');
    writeFileSync(join(directory, 'tmp', name), 'half a file');
    utimesSync(join(directory, 'tmp', name), modified, modified);
    new DiskAttachmentStore({ directory, owner });
    expect(readdirSync(join(directory, 'tmp'))).toEqual(stays ? [name] : []);
  });

  test('may vanish while the next start looks at it', () => {
    const directory = newFolder();
    mkdirSync(join(directory, 'tmp'), { recursive: true });
    // A link to nothing is in the list of the folder, and is not found.
    symlinkSync(join(directory, 'nowhere'), join(directory, 'tmp', 'gone.part'), 'junction');
    expect(() => new DiskAttachmentStore({ directory, owner })).not.toThrow();
  });

  test('is removed by a sweep once it is old, and nothing younger is', async () => {
    const directory = newFolder();
    const store = new DiskAttachmentStore({ directory, owner });
    for (const [name, at] of [
      ['old.part', dayAgo],
      ['new.part', new Date()],
    ] as const) {
      writeFileSync(join(directory, 'tmp', name), 'x');
      utimesSync(join(directory, 'tmp', name), at, at);
    }
    await store.removeUnfinished(new Date(Date.now() - 60_000));
    expect(readdirSync(join(directory, 'tmp'))).toEqual(['new.part']);
  });

  test('an upload of this process goes on while another store is made', async () => {
    const directory = newFolder();
    const store = new DiskAttachmentStore({ directory, owner });
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('first ');
        await held;
        yield Buffer.from('second');
      })(),
    );
    const writing = store.writeBytes({ owner: 'ann', id: 'atc_1' }, source, details());
    new DiskAttachmentStore({ directory, owner });
    goOn();
    expect(await writing).toMatchObject({ size: 12 });
  });
});

test('a full disk fails with the error of the system, and nothing is left', async () => {
  const directory = newFolder();
  const store = new DiskAttachmentStore({ directory, owner });
  const probe = await open(join(folder, 'probe'), 'w');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const fileHandle = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  jest.spyOn(fileHandle, 'writeFile').mockResolvedValueOnce(undefined).mockRejectedValueOnce(full);
  const source = Readable.from([Buffer.alloc(1000), Buffer.alloc(1000), Buffer.alloc(1000)]);
  const key = { owner: 'ann', id: 'atc_1' };
  await expect(store.writeBytes(key, source, details())).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(source.destroyed).toBe(true);
  expect(readdirSync(directory, { recursive: true }).sort()).toEqual(['tmp', 'waiting']);
  await expect(store.statBytes(key)).rejects.toMatchObject({ code: 'not_found' });
});

test('an upload that is aborted when its last byte is on the disk replaces nothing', async () => {
  const directory = newFolder();
  const store = new DiskAttachmentStore({ directory, owner });
  const key = { owner: 'ann', id: 'atc_1' };
  const write = (text: string, signal: AbortSignal) =>
    store.writeBytes(key, Readable.from([Buffer.from(text)]), { ...details(), signal });
  await write('old', new AbortController().signal);
  const probe = await open(join(folder, 'probe'), 'w');
  const fileHandle = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const abort = new AbortController();
  jest.spyOn(fileHandle, 'sync').mockImplementationOnce(async () => abort.abort(new Error('the client left')));
  await expect(write('newer', abort.signal)).rejects.toThrow('the client left');
  expect(await store.statBytes(key)).toMatchObject({ size: 3 });
  await write('newer', new AbortController().signal);
  expect(await store.statBytes(key)).toMatchObject({ size: 5 });
});

test('files are for this user only', async () => {
  const directory = newFolder();
  const store = new DiskAttachmentStore({ directory, owner });
  await store.writeBytes({ owner: 'ann', id: 'atc_1' }, Readable.from([Buffer.from('x')]), details());
  const modes = execFileSync('find', [directory, '-mindepth', '1', '-printf', '%m\n'], { encoding: 'utf8' });
  expect([...new Set(modes.trim().split('\n'))].sort()).toEqual(['600', '700']);
});

test.each([
  [undefined, /`directory`/],
  [{ directory: '', owner }, /`directory`/],
  [{ directory: 'x' }, /`owner` must be a function/],
])('the options %j are refused', (options, message) => {
  expect(() => new DiskAttachmentStore(options as never)).toThrow(message);
});

test('a request without an owner is refused', () => {
  const store = new DiskAttachmentStore({ directory: newFolder(), owner: () => '' });
  expect(() => store.ownerOf({})).toThrow('no owner');
});

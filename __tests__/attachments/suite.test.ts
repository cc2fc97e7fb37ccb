// attachmentSuite on the stores that are at hand: they keep the contract, and the suite asks for no more than it says.
import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAttachmentStore } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { attachmentSuite, type SuiteUser } from 'chatkit-express/testing';
import { MapAttachmentStore } from '../../docs/examples/attachments-store';
import { MemoryAttachments } from '../support/memory-attachments';

const owner = ({ userId }: SuiteUser) => userId;

attachmentSuite({
  name: 'MemoryAttachmentStore',
  create: () => new MemoryAttachmentStore({ owner }),
  test,
  expect,
});

attachmentSuite({
  name: 'MemoryAttachmentStore for everybody',
  create: () => new MemoryAttachmentStore<SuiteUser>(),
  owners: false,
  test,
});

attachmentSuite({ name: 'a store in memory', create: () => new MemoryAttachments(owner), test, expect });

attachmentSuite({
  name: 'a store for everybody',
  create: () => new MemoryAttachments<SuiteUser>(),
  owners: false,
  test,
});

// The one that docs/attachments.md shows.
attachmentSuite({ name: 'MapAttachmentStore', create: () => new MapAttachmentStore(), test, expect });

const folders = new Map<unknown, string>();

attachmentSuite({
  name: 'DiskAttachmentStore',
  create() {
    const directory = mkdtempSync(join(tmpdir(), 'chatkit-attachments-'));
    const store = new DiskAttachmentStore({ directory, owner });
    folders.set(store, directory);
    return store;
  },
  async destroy(store) {
    const directory = folders.get(store)!;
    const left = await readdir(join(directory, 'tmp'));
    await rm(directory, { recursive: true });
    expect(left).toEqual([]); // whatever the test did, no temporary file is left
  },
  test,
  expect,
});

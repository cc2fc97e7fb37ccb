// attachmentSuite finds what is wrong with a store: each fault here fails at least one of its tests.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ByteRange, BytesDetails, BytesInfo, BytesKey } from 'chatkit-express';
import { attachmentSuite, type SuiteUser } from 'chatkit-express/testing';
import { MemoryAttachments } from '../support/memory-attachments';

class Store extends MemoryAttachments<SuiteUser> {
  constructor() {
    super(({ userId }) => userId);
  }
}

/** Keeps the contract, `keepBytes` included. */
class KeepingStore extends Store {
  protected readonly kept = new Set<string>();
  protected place = ({ owner, id }: BytesKey): BytesKey =>
    this.kept.has(JSON.stringify([owner, id])) ? { owner, id: `kept ${id}` } : { owner, id: `loose ${id}` };

  override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
    if (details.untilKept) return super.writeBytes({ ...key, id: `loose ${key.id}` }, source, details);
    const info = await super.writeBytes({ ...key, id: `kept ${key.id}` }, source, details);
    this.kept.add(JSON.stringify([key.owner, key.id]));
    return info;
  }
  override async readBytes(key: BytesKey, range?: ByteRange, etag?: string) {
    const bytes = await super.readBytes(this.place(key), range);
    if (etag !== undefined && etag !== (await super.statBytes(this.place(key))).etag) throw new Error('changed');
    return bytes;
  }
  override statBytes(key: BytesKey): Promise<BytesInfo> {
    return super.statBytes(this.place(key));
  }
  override async deleteBytes(key: BytesKey) {
    await super.deleteBytes({ ...key, id: `loose ${key.id}` });
    await super.deleteBytes({ ...key, id: `kept ${key.id}` });
    this.kept.delete(JSON.stringify([key.owner, key.id]));
  }
  override async removeUnfinished(before: Date) {
    for (const text of this.keys) {
      const [owner, id] = JSON.parse(text) as [string, string];
      const { lastModified } = await super.statBytes({ owner, id }).catch(() => ({ lastModified: before }));
      if (id.startsWith('loose ') && lastModified! < before) await super.deleteBytes({ owner, id });
    }
  }
  override async keepBytes(key: BytesKey, etag?: string) {
    const info = await this.statBytes(key);
    if (this.kept.has(JSON.stringify([key.owner, key.id]))) return;
    if (etag !== undefined && etag !== info.etag) throw new Error('changed');
    const bytes = await super.readBytes({ ...key, id: `loose ${key.id}` });
    const details = { mimeType: 'application/octet-stream', name: '', signal: new AbortController().signal };
    await this.writeBytes(key, bytes, details);
  }
}

test('a store that keeps the contract passes', async () => {
  const tests: (() => Promise<void>)[] = [];
  const name = 'KeepingStore';
  attachmentSuite({ name, create: () => new KeepingStore(), test: (_name, run) => tests.push(run) });
  for (const run of tests) await run();
  expect(tests.length).toBeGreaterThan(0);
});

const faults: Record<string, new () => Store> = {
  'keeps other bytes than those that were checked': class extends KeepingStore {
    override keepBytes(key: BytesKey) {
      return super.keepBytes(key);
    }
  },
  'reads other bytes than those that were checked': class extends KeepingStore {
    override readBytes(key: BytesKey, range?: ByteRange) {
      return super.readBytes(key, range);
    }
  },
  'lets kept bytes change': class extends KeepingStore {
    override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
      const isKept = this.kept.has(JSON.stringify([key.owner, key.id]));
      return super.writeBytes(key, source, { ...details, untilKept: details.untilKept && !isKept });
    }
  },
  'loses the last byte': class extends Store {
    override async readBytes(key: BytesKey, range?: ByteRange) {
      const bytes = await buffer(await super.readBytes(key, range));
      return Readable.from([bytes.subarray(0, -1)]);
    }
  },
  'takes the end of a range for exclusive': class extends Store {
    override async readBytes(key: BytesKey, range?: ByteRange) {
      return super.readBytes(key, range && { ...range, end: range.end - 1 });
    }
  },
  'ignores ranges': class extends Store {
    override readBytes(key: BytesKey) {
      return super.readBytes(key);
    }
  },
  'ignores the signal': class extends Store {
    override writeBytes(key: BytesKey, source: Readable, { mimeType, name }: BytesDetails) {
      return super.writeBytes(key, source, { mimeType, name, signal: new AbortController().signal });
    }
  },
  'keeps half of a broken upload': class extends Store {
    override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
      await super.writeBytes(key, Readable.from([Buffer.from('half')]), {
        ...details,
        signal: new AbortController().signal,
      });
      return super.writeBytes(key, source, details);
    }
  },
  'forgets owners': class extends Store {
    override writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
      return super.writeBytes({ ...key, owner: 'all' }, source, details);
    }
    override readBytes(key: BytesKey, range?: ByteRange) {
      return super.readBytes({ ...key, owner: 'all' }, range);
    }
    override statBytes(key: BytesKey) {
      return super.statBytes({ ...key, owner: 'all' });
    }
  },
  'takes capitals for small letters': class extends Store {
    override writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
      return super.writeBytes({ ...key, id: key.id.toLowerCase() }, source, details);
    }
    override readBytes(key: BytesKey, range?: ByteRange) {
      return super.readBytes({ ...key, id: key.id.toLowerCase() }, range);
    }
  },
  'does not delete': class extends Store {
    override async deleteBytes() {}
  },
  'says a wrong size': class extends Store {
    override async statBytes(key: BytesKey): Promise<BytesInfo> {
      const info = await super.statBytes(key);
      return { ...info, size: info.size + 1 };
    }
  },
  'keeps the etag of bytes that changed': class extends Store {
    override async statBytes(key: BytesKey): Promise<BytesInfo> {
      return { ...(await super.statBytes(key)), etag: 'same' };
    }
    override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails) {
      return { ...(await super.writeBytes(key, source, details)), etag: 'same' };
    }
  },
  'throws another error for what is not there': class extends Store {
    override async statBytes(key: BytesKey): Promise<BytesInfo> {
      return super.statBytes(key).catch(() => {
        throw new Error('ENOENT');
      });
    }
  },
};

test.each(Object.keys(faults))('a store that %s fails', async (name) => {
  const tests: (() => Promise<void>)[] = [];
  attachmentSuite({ name, create: () => new faults[name]!(), test: (_name, run) => tests.push(run) });
  const outcomes = await Promise.all(
    tests.map(async (run) => {
      const late = new Promise<string>((resolve) => setTimeout(resolve, 3000, 'late').unref());
      return Promise.race([
        run().then(
          () => 'passed',
          () => 'failed',
        ),
        late,
      ]);
    }),
  );
  expect(outcomes.filter((outcome) => outcome !== 'passed').length).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome === 'passed').length).toBeGreaterThan(0);
});

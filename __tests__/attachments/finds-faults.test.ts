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

const faults: Record<string, new () => Store> = {
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

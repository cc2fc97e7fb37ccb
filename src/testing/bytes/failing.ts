// Interrupted uploads leave no bytes behind, and keep the earlier bytes of the key.
import { Readable } from 'node:stream';
import { type BytesCase, type BytesTrial, details, makeBytes, pieces } from './trial';

/** Makes a source that sends its bytes and then fails, or never ends. */
function broken(bytes: Buffer, end: 'fails' | 'waits'): Readable {
  const rest = pieces(bytes);
  const source = new Readable({
    read() {
      const next = rest.next();
      if (!next.done) this.push(next.value);
      else if (end === 'fails') this.destroy(new Error('the connection is lost'));
    },
  });
  // The source may fail before the store listens, as in the server, which must not end the process.
  return source.on('error', () => undefined);
}

/** Writes an incomplete source, and returns the error of the call. */
async function fail(trial: BytesTrial, id: string, size: number, how: 'source' | 'destroy' | 'abort' | 'aborted') {
  const abort = new AbortController();
  const source = broken(makeBytes(size, 9), how === 'source' ? 'fails' : 'waits');
  if (how === 'aborted') abort.abort(new Error('aborted before'));
  const writing = trial.store.writeBytes(trial.key(id), source, { ...details, signal: abort.signal });
  if (how === 'destroy') setImmediate(() => source.destroy(new Error('destroyed')));
  if (how === 'abort') setImmediate(() => abort.abort(new Error('aborted')));
  const settled = await writing.then(
    () => 'resolved',
    () => 'rejected',
  );
  trial.equal({ settled, destroyed: source.destroyed }, { settled: 'rejected', destroyed: true });
}

const ways = ['source', 'destroy', 'abort', 'aborted'] as const;
const says = {
  source: 'a source that fails',
  destroy: 'a source that is destroyed',
  abort: 'an upload that is aborted',
  aborted: 'an upload that was aborted before it began',
};

export const failing: readonly BytesCase[] = [
  ...ways.flatMap((how): BytesCase[] => [
    {
      name: `${says[how]} leaves nothing`,
      check: async (trial) => {
        for (const [index, size] of [0, 10, 300_000, 6_000_000].entries()) {
          await fail(trial, `a_${index}`, size, how);
          await trial.missing(trial.key(`a_${index}`));
        }
      },
    },
    {
      name: `${says[how]} leaves what was there before`,
      check: async (trial) => {
        const bytes = makeBytes(1000);
        await trial.write(trial.key('a'), bytes);
        await fail(trial, 'a', 300_000, how);
        trial.same(await trial.read(trial.key('a')), bytes);
      },
    },
  ]),
  {
    name: 'bytes are not there before they are whole',
    check: async ({ store, key, read, same, missing }) => {
      const bytes = makeBytes(200_000);
      let goOn = () => {};
      const held = new Promise<void>((resolve) => (goOn = resolve));
      let halfWay = () => {};
      const isHalfWay = new Promise<void>((resolve) => (halfWay = resolve));
      const source = Readable.from(
        (async function* () {
          yield bytes.subarray(0, 100_000);
          halfWay();
          await held;
          yield bytes.subarray(100_000);
        })(),
        { highWaterMark: 0 },
      );
      const writing = store.writeBytes(key('a'), source, { ...details, signal: new AbortController().signal });
      await isHalfWay;
      await missing(key('a'));
      goOn();
      await writing;
      same(await read(key('a')), bytes);
    },
  },
  {
    name: 'unfinished uploads can be cleared away, and what is whole stays',
    check: async (trial) => {
      const { store, write, read, same, key } = trial;
      await write(key('a'), makeBytes(1000));
      await fail(trial, 'b', 300_000, 'source');
      await store.removeUnfinished?.(new Date(Date.now() + 1000));
      same(await read(key('a')), makeBytes(1000));
    },
  },
];

// PostgresStore without a server: its options, what it says before migrate(), and connections that break.
import { ChatKitError } from 'chatkit-express';
import { type PostgresClient, type PostgresPool, PostgresStore } from 'chatkit-express/postgres';
import { everyCall } from './rows';

const owner = () => 'shared';
const silent: PostgresPool = {
  query: () => Promise.resolve({ rows: [] }),
  connect: () => Promise.reject(new Error('not expected')),
};

describe('the options', () => {
  test.each([[undefined], [null], ['postgres://localhost'], [{}], [{ query: () => undefined }]])(
    'must have a pool: %p',
    (given) => {
      const construct = () => new PostgresStore({ pool: given as unknown as PostgresPool, owner });
      expect(construct).toThrow(ChatKitError);
      expect(construct).toThrow(/npm install pg/);
    },
  );

  test.each([[undefined], [null], ['shared']])('must have an owner function: %p', (given) => {
    const construct = () => new PostgresStore({ pool: silent, owner: given as unknown as () => string });
    expect(construct).toThrow(ChatKitError);
    expect(construct).toThrow(/owner: \(\) => 'shared'/);
  });

  test.each(['', '1a', 'a-b', 'a b', 'a.b', 'a"; DROP SCHEMA public; --', 'ä', 'a\n', 'x'.repeat(64)])(
    'must have an identifier for a schema: %j',
    (schema) => {
      expect(() => new PostgresStore({ pool: silent, owner, schema })).toThrow(/`schema` must be/);
    },
  );

  test.each(['chat', '_chat', 'Chat_2', 'x'.repeat(63)])('take the schema %s', (schema) => {
    expect(() => new PostgresStore({ pool: silent, owner, schema })).not.toThrow();
  });

  test('must be there at all', () => {
    const Untyped = PostgresStore as unknown as new (options?: object) => unknown;
    expect(() => new Untyped()).toThrow(/npm install pg/);
  });
});

test.each(Object.keys(everyCall))('says what is missing before migrate(): %s', async (name) => {
  const answer = everyCall[name]!(new PostgresStore({ pool: silent, owner }), {});
  await expect(answer).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('await store.migrate()'),
  });
});

describe('the connection of migrate()', () => {
  /** A connection that fails at the statements that match. */
  function failing(...patterns: RegExp[]) {
    const released: unknown[] = [];
    const client: PostgresClient = {
      query: (text) =>
        patterns.some((pattern) => pattern.test(text))
          ? Promise.reject(new Error(`failed: ${text}`))
          : Promise.resolve({ rows: [{ version: null }] }),
      release: (error) => void released.push(error),
    };
    return { released, pool: { ...silent, connect: () => Promise.resolve(client) } };
  }

  test('is given back when it is well', async () => {
    const { pool, released } = failing();
    await new PostgresStore({ pool, owner }).migrate();
    expect(released).toEqual([undefined]);
  });

  test('is given back, rolled back, when a statement failed', async () => {
    const { pool, released } = failing(/CREATE INDEX/);
    await expect(new PostgresStore({ pool, owner }).migrate()).rejects.toThrow(/failed: CREATE INDEX/);
    expect(released).toEqual([undefined]);
  });

  test('is ended when it is broken', async () => {
    const { pool, released } = failing(/CREATE INDEX/, /ROLLBACK/);
    await expect(new PostgresStore({ pool, owner }).migrate()).rejects.toThrow(/failed: CREATE INDEX/);
    expect(released).toEqual([expect.any(Error)]);
  });

  test('is given back when it did not even begin', async () => {
    const { pool, released } = failing(/BEGIN/, /ROLLBACK/);
    await expect(new PostgresStore({ pool, owner }).migrate()).rejects.toThrow(/failed: BEGIN/);
    expect(released).toHaveLength(1);
  });
});

import type { PrismaPg } from '@prisma/adapter-pg';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Knex } from 'knex';
import type { Pool as NeonPool } from '@neondatabase/serverless';
import { Pool } from 'pg';
import type { Sql } from 'postgres';
import { type PostgresClient, type PostgresPool, PostgresStore } from 'chatkit-express/postgres';

interface User {
  userId: string;
}
const owner = ({ userId }: User) => userId;

export function drizzle(db: NodePgDatabase & { $client: Pool }) {
  // #region drizzle
  const store = new PostgresStore<User>({ pool: db.$client, owner });
  // #endregion
  return store;
}

export function prisma(Adapter: typeof PrismaPg) {
  // #region prisma
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
  const adapter = new Adapter(pool); // for `new PrismaClient({ adapter })`
  const store = new PostgresStore<User>({ pool, owner });
  // #endregion
  return { adapter, store };
}

export function neon(pool: NeonPool) {
  // #region neon
  const store = new PostgresStore<User>({ pool, owner });
  // #endregion
  return store;
}

// #region knex
export function poolOfKnex({ client }: Knex): PostgresPool {
  const connect = async (): Promise<PostgresClient> => {
    const connection = (await client.acquireConnection()) as Omit<PostgresClient, 'release'> & object;
    return {
      query: (text, values) => connection.query(text, values),
      release(error) {
        if (error) Object.assign(connection, { __knex__disposed: error }); // Knex replaces it
        void client.releaseConnection(connection);
      },
    };
  };
  return {
    connect,
    async query(text, values) {
      const connection = await connect();
      try {
        return await connection.query(text, values);
      } finally {
        connection.release();
      }
    },
  };
}
// #endregion

// #region postgres-js
export function poolOfPostgres(sql: Sql): PostgresPool {
  // Documents are JSON already, so the values are sent as text.
  const on =
    (connection: Pick<Sql, 'unsafe'>) =>
    async (text: string, values: unknown[] = []) => ({
      rows: await connection.unsafe(text.replaceAll(/\$(\d+)::jsonb/g, '$$$1::text::jsonb'), values as string[]),
    });
  return {
    query: on(sql),
    async connect() {
      const reserved = await sql.reserve();
      return { query: on(reserved), release: () => reserved.release() };
    },
  };
}
// #endregion

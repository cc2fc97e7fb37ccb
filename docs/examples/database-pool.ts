import { Pool } from 'pg';

// #region pool
const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  connectionTimeoutMillis: 2000,
  statement_timeout: 5000,
});
// #endregion

export { pool };

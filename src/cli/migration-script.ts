// Makes an SQL script of statements, which psql, mysql and sqlite3 can execute.

/** The kind of a database. */
export type DatabaseKind = 'sqlite' | 'postgres' | 'mysql';

/** The statements around those of the migrations. MySQL commits each statement that changes tables by itself. */
const frames: Record<DatabaseKind, { begin: string[]; end: string[] }> = {
  sqlite: { begin: ['BEGIN IMMEDIATE'], end: ['COMMIT'] },
  postgres: { begin: ['BEGIN', "SET LOCAL lock_timeout = '5000ms'"], end: ['COMMIT'] },
  mysql: { begin: ['SET SESSION lock_wait_timeout = 5'], end: [] },
};

/** Returns a script that executes all statements or none. In MySQL it executes the statements before a failing one. */
export function migrationScript(statements: readonly string[], kind: DatabaseKind): string {
  const { begin, end } = frames[kind];
  return [...begin, ...statements.map(withoutIndent), ...end].map((statement) => `${statement};\n`).join('\n');
}

/** Removes the indentation that a statement has in the source. */
function withoutIndent(statement: string): string {
  const indent = /\n( *)\S[^\n]*$/.exec(statement)?.[1] ?? '';
  return statement.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

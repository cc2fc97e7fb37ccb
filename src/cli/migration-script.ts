// Makes an SQL script of statements, which psql and sqlite3 can execute.

/** Returns a script that executes all statements or none. */
export function migrationScript(statements: readonly string[], kind: 'sqlite' | 'postgres'): string {
  const begin = kind === 'postgres' ? ['BEGIN', "SET LOCAL lock_timeout = '5000ms'"] : ['BEGIN IMMEDIATE'];
  return [...begin, ...statements.map(withoutIndent), 'COMMIT'].map((statement) => `${statement};\n`).join('\n');
}

/** Removes the indentation that a statement has in the source. */
function withoutIndent(statement: string): string {
  const indent = /\n( *)\S[^\n]*$/.exec(statement)?.[1] ?? '';
  return statement.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

// The tables and functions of runs in PostgreSQL. The functions are VOLATILE, so that each of their queries sees what
// was committed a moment before: a single statement would see the rows of its start, also after a wait for a lock.

/** The statements of the migration that adds the runs. */
export function runMigration(schema: string): string[] {
  const table = (name: string) => `"${schema}".chatkit_${name}`;
  const key = 'text COLLATE "C"';
  return [
    `CREATE TABLE ${table('runs')} (
        id ${key} PRIMARY KEY,
        thread_id ${key} NOT NULL, -- the key of the thread
        thread text NOT NULL, -- the id of the thread, as JSON
        position bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL,
        status ${key} NOT NULL, -- queued, running or ended
        instance ${key} NOT NULL, -- the process that makes the answer
        token integer NOT NULL,
        expires_at timestamptz NOT NULL, -- of the lease, and of the row of a run that has ended
        owner ${key},
        request_key ${key},
        answers ${key},
        cancelled ${key}, -- the reason for which the run must end
        recovery text,
        snapshot text
      ) WITH (fillfactor = 50)`,
    `CREATE INDEX chatkit_runs_of_thread ON ${table('runs')} (thread_id, position)`,
    `CREATE INDEX chatkit_runs_of_owner ON ${table('runs')} (owner)`,
    `CREATE TABLE ${table('run_readers')} (
        id ${key} PRIMARY KEY,
        run_id ${key} NOT NULL REFERENCES ${table('runs')} (id) ON DELETE CASCADE,
        instance ${key} NOT NULL, -- the process of the reader
        after bigint,
        expires_at timestamptz NOT NULL,
        mail text[] NOT NULL DEFAULT '{}'
      )`,
    `CREATE INDEX chatkit_run_readers_of_run ON ${table('run_readers')} (run_id)`,
    beginFunction(schema),
    checkFunction(schema),
  ];
}

/** Begins a run: see `RunBackend.begin`. Returns JSON. */
function beginFunction(schema: string): string {
  const runs = `"${schema}".chatkit_runs`;
  return `CREATE FUNCTION "${schema}".chatkit_begin_run(run json, policy text, max_queued integer, queues_replaced boolean, lease interval)
      RETURNS json LANGUAGE plpgsql VOLATILE AS $begin_run$
      DECLARE
        thread_key text := run ->> 'threadKey';
        joined text;
        earlier integer;
        queued integer;
        replaced text[];
        awaited text[];
        new_status text := 'running';
        new_time timestamptz;
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('chatkit-express runs ${schema} ' || thread_key, 0));
        SELECT id INTO joined FROM ${runs} WHERE thread_id = thread_key AND request_key = run ->> 'key'
          AND (status <> 'ended' OR expires_at > clock_timestamp()) ORDER BY position DESC LIMIT 1;
        IF FOUND THEN RETURN json_build_object('kind', 'joined', 'id', joined); END IF;
        SELECT count(*), count(*) FILTER (WHERE status = 'queued'),
            coalesce(array_agg(id ORDER BY position) FILTER (WHERE is_replaced), '{}'),
            coalesce(array_agg(id ORDER BY position) FILTER (WHERE policy = 'queue' AND NOT is_replaced), '{}')
          INTO earlier, queued, replaced, awaited
          FROM (SELECT *, policy = 'replace' OR coalesce(policy <> 'refuse' AND answers = run ->> 'answers', false) AS is_replaced
            FROM ${runs} WHERE thread_id = thread_key AND status <> 'ended') AS open;
        IF policy = 'refuse' AND earlier > 0 THEN RETURN json_build_object('kind', 'busy'); END IF;
        IF cardinality(awaited) > 0 AND queued >= max_queued THEN RETURN json_build_object('kind', 'full'); END IF;
        IF cardinality(awaited) > 0 OR (queues_replaced AND cardinality(replaced) > 0) THEN new_status := 'queued'; END IF;
        new_time := clock_timestamp();
        INSERT INTO ${runs} (id, thread_id, thread, created_at, status, instance, token, expires_at, owner, request_key, answers, recovery)
          VALUES (run ->> 'id', thread_key, run ->> 'thread', new_time, new_status, run ->> 'instance', 1, new_time + lease, run ->> 'owner',
            run ->> 'key', run ->> 'answers', run ->> 'recovery');
        IF cardinality(replaced) > 0 THEN
          UPDATE ${runs} SET cancelled = coalesce(cancelled, 'replaced') WHERE id = ANY(replaced);
          PERFORM pg_notify('chatkit_runs', 'look ' || instance) FROM ${runs} WHERE id = ANY(replaced);
        END IF;
        RETURN json_build_object('kind', 'begun', 'token', 1, 'status', new_status, 'replaced', replaced, 'awaited', awaited,
          'createdAt', to_char(new_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
      END $begin_run$`;
}

/**
 * Returns true while the token holds the run, and raises an error otherwise. The lock lasts until the end of the
 * transaction, so that no other process takes the run over between the check and the write.
 */
function checkFunction(schema: string): string {
  return `CREATE FUNCTION "${schema}".chatkit_check_run(run_id text, run_token integer)
      RETURNS boolean LANGUAGE plpgsql VOLATILE AS $check_run$
      BEGIN
        PERFORM FROM "${schema}".chatkit_runs WHERE id = run_id AND token = run_token FOR KEY SHARE;
        IF NOT FOUND THEN RAISE EXCEPTION 'the run % has another holder', run_id USING ERRCODE = '${fencedCode}'; END IF;
        RETURN true;
      END $check_run$`;
}

/** The SQLSTATE of a write that was refused because its run has another holder. */
export const fencedCode = 'CKR01';

/**
 * Returns the statement with a condition on the run whose id and token are its last two parameters. The condition is a
 * part that writes nothing, because PostgreSQL always executes a part that could write.
 */
export function fencedStatement(statement: string, schema: string, count: number): string {
  const check = `"${schema}".chatkit_check_run($${count + 1}::text, $${count + 2}::integer)`;
  const fence =
    `fence AS (INSERT INTO "${schema}".chatkit_run_readers (id, run_id, instance, expires_at) ` +
    `SELECT '', '', '', now() WHERE NOT ${check})`;
  return statement.startsWith('WITH ')
    ? `WITH ${fence}, ${statement.slice('WITH '.length)}`
    : `WITH ${fence} ${statement}`;
}

const iso = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const list = (query: string) => `coalesce((SELECT json_agg(entry) FROM (${query}) AS entry), '[]'::json)`;
const texts = (query: string) => `coalesce((SELECT json_agg(id) FROM (${query}) AS entry), '[]'::json)`;

const ms = (parameter: string) => `${parameter}::double precision * interval '1 millisecond'`;
const notify = (kind: string, instance: string) => `pg_notify('chatkit_runs', '${kind} ' || ${instance})`;

/** Selects the requests of other processes to one process. */
const requests = ({ runs, readers }: Tables, instance: string) =>
  `json_build_object('cancels', ${list(
    `SELECT id, cancelled AS reason FROM ${runs} WHERE instance = ${instance} AND status <> 'ended' AND cancelled IS NOT NULL`,
  )}, 'readers', ${list(
    `SELECT reader.id, reader.run_id AS "runId", reader.after FROM ${readers} AS reader JOIN ${runs} AS run ` +
      `ON run.id = reader.run_id WHERE run.instance = ${instance} AND reader.expires_at > now()`,
  )})`;

interface Tables {
  runs: string;
  readers: string;
}

/** Makes the statements of the registry. A result is one row with JSON as text in the column `result`. */
export function runStatements(schema: string) {
  const tables = { runs: `"${schema}".chatkit_runs`, readers: `"${schema}".chatkit_run_readers` };
  return { ...leaseStatements(schema, tables), ...requestStatements(tables), ...readerStatements(tables) };
}

/** The statements of the process that holds a run. */
function leaseStatements(schema: string, tables: Tables) {
  const { runs, readers } = tables;
  return {
    begin: `SELECT "${schema}".chatkit_begin_run($1::json, $2::text, $3::integer, $4::boolean, ${ms('$5')})::text AS result`,
    end:
      `WITH kept AS (UPDATE ${runs} SET status = 'ended', recovery = NULL, snapshot = NULL, ` +
      `expires_at = clock_timestamp() + ${ms('$3')} WHERE id = $1 AND token = $2 AND $3::double precision > 0 ` +
      "AND status <> 'ended' RETURNING id, thread_id, cancelled), " +
      `deleted AS (DELETE FROM ${runs} WHERE id = $1 AND token = $2 AND $3::double precision <= 0 ` +
      'RETURNING id, thread_id, cancelled) ' +
      // Only these are waited for.
      `SELECT ${notify('end', 'id')} FROM (SELECT * FROM kept UNION ALL SELECT * FROM deleted) AS ended ` +
      `WHERE cancelled IS NOT NULL OR EXISTS (SELECT FROM ${runs} AS run WHERE run.thread_id = ended.thread_id AND run.status = 'queued')`,
    beat:
      'WITH given AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json) AS given(id text, token integer, status text, snapshot text)), ' +
      // In one order for all processes, so that they do not wait for each other.
      `locked AS MATERIALIZED (SELECT run.id FROM ${runs} AS run JOIN given USING (id, token) ` +
      "WHERE run.status <> 'ended' ORDER BY run.id FOR NO KEY UPDATE OF run), " +
      `held AS (UPDATE ${runs} AS run SET expires_at = clock_timestamp() + ${ms('$3')}, status = given.status, ` +
      'snapshot = coalesce(given.snapshot, run.snapshot) FROM given JOIN locked USING (id) ' +
      'WHERE run.id = given.id AND run.token = given.token RETURNING run.id), ' +
      // Not a run with a write that is on its way, because its process is alive.
      `dead AS MATERIALIZED (SELECT id FROM ${runs} WHERE status <> 'ended' AND expires_at < now() ` +
      'AND id NOT IN (SELECT id FROM given) ORDER BY position LIMIT $4 FOR UPDATE SKIP LOCKED), ' +
      `taken AS (UPDATE ${runs} AS run SET token = run.token + 1, instance = $1, ` +
      `expires_at = clock_timestamp() + ${ms('$3')} FROM dead WHERE run.id = dead.id RETURNING run.*), ` +
      `purged AS (DELETE FROM ${runs} WHERE id IN (SELECT id FROM ${runs} WHERE status = 'ended' AND expires_at < now() ` +
      'ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)), ' +
      `left_mail AS (DELETE FROM ${readers} WHERE id IN (SELECT id FROM ${readers} WHERE expires_at < now() ` +
      'ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)) ' +
      `SELECT json_build_object('held', ${texts('SELECT id FROM held')}, 'taken', ${list(
        `SELECT id, token, thread, ${iso('created_at')} AS "createdAt", status, recovery, snapshot, cancelled ` +
          'FROM taken ORDER BY position',
      )}, 'requests', ${requests(tables, '$1')}, 'counts', CASE WHEN $5::boolean THEN ${list(
        `SELECT owner, count(*)::integer AS runs FROM ${runs} WHERE status <> 'ended' AND instance <> $1 GROUP BY owner`,
      )} ELSE '[]'::json END)::text AS result`,
  };
}

/** The statements about the runs of any process. */
function requestStatements(tables: Tables) {
  const { runs, readers } = tables;
  const record = `id, thread, ${iso('created_at')} AS created_at, status`;
  return {
    look: `SELECT json_build_object('requests', ${requests(tables, '$1')}, 'open', ${texts(
      `SELECT id FROM ${runs} WHERE status <> 'ended' AND id IN (SELECT json_array_elements_text($2::json))`,
    )})::text AS result`,
    list: `SELECT ${list(
      `SELECT ${record}, instance, snapshot FROM ${runs} WHERE thread_id = $1 AND status <> 'ended' ORDER BY position`,
    )}::text AS result`,
    find: `SELECT row_to_json(entry)::text AS result FROM (SELECT ${record} FROM ${runs} WHERE id = $1 AND (status <> 'ended' OR expires_at > now())) AS entry`,
    cancel:
      `WITH open AS MATERIALIZED (SELECT id, instance, cancelled FROM ${runs} WHERE status <> 'ended' ` +
      'AND id IN (SELECT json_array_elements_text($1::json)) ORDER BY id FOR NO KEY UPDATE), ' +
      `marked AS (UPDATE ${runs} AS run SET cancelled = $2 FROM open WHERE run.id = open.id AND open.cancelled IS NULL RETURNING run.id), ` +
      `told AS MATERIALIZED (SELECT ${notify('look', 'instance')} FROM open) ` +
      `SELECT json_build_object('open', ${texts('SELECT id FROM open')}, 'marked', ${texts('SELECT id FROM marked')}, ` +
      "'told', (SELECT count(*) FROM told))::text AS result",
    openOf: `SELECT ${texts(`SELECT id FROM ${runs} WHERE owner = $1 AND status <> 'ended' ORDER BY position`)}::text AS result`,
    forgetOwner: `DELETE FROM ${runs} WHERE owner = $1 AND status = 'ended'`,
    leave:
      `WITH left_mail AS (DELETE FROM ${readers} WHERE instance = $1) ` +
      `DELETE FROM ${runs} WHERE instance = $1 AND status = 'ended'`,
  };
}

/** The statements of readers in other processes than that of their run. */
function readerStatements({ runs, readers }: Tables) {
  return {
    openReader:
      `WITH run AS MATERIALIZED (SELECT id, instance FROM ${runs} WHERE id = $2 AND (status <> 'ended' OR expires_at > now()) FOR KEY SHARE), ` +
      `added AS (INSERT INTO ${readers} (id, run_id, instance, after, expires_at) ` +
      `SELECT $1, id, $3, $4::bigint, clock_timestamp() + ${ms('$5')} FROM run RETURNING id) ` +
      `SELECT ${notify('look', 'run.instance')} FROM run, added`,
    collect:
      `WITH waiting AS MATERIALIZED (SELECT id, mail FROM ${readers} WHERE id IN (SELECT json_array_elements_text($1::json)) ORDER BY id FOR UPDATE), ` +
      `taken AS (UPDATE ${readers} AS reader SET mail = '{}', expires_at = clock_timestamp() + ${ms('$2')} ` +
      'FROM waiting WHERE reader.id = waiting.id RETURNING waiting.id AS reader, waiting.mail AS batches) ' +
      `SELECT ${list('SELECT * FROM taken')}::text AS result`,
    deliver:
      'WITH given AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS given(reader text, batch text)), ' +
      `locked AS MATERIALIZED (SELECT id FROM ${readers} WHERE id IN (SELECT reader FROM given) ORDER BY id FOR NO KEY UPDATE), ` +
      `sent AS (UPDATE ${readers} AS reader SET mail = CASE given.batch WHEN '' THEN reader.mail ` +
      'ELSE reader.mail || given.batch END FROM given JOIN locked ON locked.id = given.reader WHERE reader.id = given.reader ' +
      'RETURNING reader.id AS reader, cardinality(reader.mail) AS waiting, reader.instance), ' +
      `told AS MATERIALIZED (SELECT ${notify('mail', 'instance')} FROM (SELECT DISTINCT instance FROM sent) AS instances) ` +
      `SELECT json_build_object('sent', ${list('SELECT reader, waiting FROM sent')}, 'told', (SELECT count(*) FROM told))::text AS result`,
    closeReaders: `DELETE FROM ${readers} WHERE id IN (SELECT json_array_elements_text($1::json))`,
  };
}

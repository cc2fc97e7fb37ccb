BEGIN;

SET LOCAL lock_timeout = '5000ms';

CREATE TABLE "public".chatkit_migrations (version integer PRIMARY KEY);

CREATE TABLE "public".chatkit_threads (
  owner text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  document jsonb NOT NULL,
  PRIMARY KEY (id, owner) -- not (owner, id): the planner would use it for lists, and sort
);

CREATE INDEX chatkit_threads_in_order ON "public".chatkit_threads (owner, position);

CREATE TABLE "public".chatkit_items (
  owner text COLLATE "C" NOT NULL,
  thread_id text COLLATE "C" NOT NULL,
  thread bigint NOT NULL, -- the position of the thread
  id text COLLATE "C" NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  document jsonb NOT NULL,
  PRIMARY KEY (owner, thread_id, id),
  FOREIGN KEY (owner, thread_id) REFERENCES "public".chatkit_threads (owner, id) ON DELETE CASCADE
);

CREATE INDEX chatkit_items_in_order ON "public".chatkit_items (thread, position);

CREATE TABLE "public".chatkit_attachments (
  owner text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  thread_id text COLLATE "C",
  document jsonb NOT NULL,
  PRIMARY KEY (owner, id)
);

CREATE INDEX chatkit_attachments_of_thread ON "public".chatkit_attachments (owner, thread_id);

INSERT INTO "public".chatkit_migrations (version) VALUES (0);

ALTER TABLE "public".chatkit_attachments ADD COLUMN saved_at bigint, ADD COLUMN claimed_at bigint;

CREATE INDEX chatkit_attachments_unsent ON "public".chatkit_attachments (saved_at) WHERE thread_id IS NULL;

INSERT INTO "public".chatkit_migrations (version) VALUES (1);

ALTER TABLE "public".chatkit_items ADD COLUMN completed_by text COLLATE "C";

INSERT INTO "public".chatkit_migrations (version) VALUES (2);

ALTER TABLE "public".chatkit_migrations ADD COLUMN works_with integer;

INSERT INTO "public".chatkit_migrations (version, works_with) VALUES (3, 0);

CREATE TABLE "public".chatkit_runs (
  id text COLLATE "C" PRIMARY KEY,
  thread_id text COLLATE "C" NOT NULL, -- the key of the thread
  thread text NOT NULL, -- the id of the thread, as JSON
  position bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL,
  status text COLLATE "C" NOT NULL, -- queued, running or ended
  instance text COLLATE "C" NOT NULL, -- the process that makes the answer
  token integer NOT NULL,
  expires_at timestamptz NOT NULL, -- of the lease, and of the row of a run that has ended
  owner text COLLATE "C",
  request_key text COLLATE "C",
  answers text COLLATE "C",
  cancelled text COLLATE "C", -- the reason for which the run must end
  recovery text,
  snapshot text
) WITH (fillfactor = 50);

CREATE INDEX chatkit_runs_of_thread ON "public".chatkit_runs (thread_id, position);

CREATE INDEX chatkit_runs_of_owner ON "public".chatkit_runs (owner);

CREATE TABLE "public".chatkit_run_readers (
  id text COLLATE "C" PRIMARY KEY,
  run_id text COLLATE "C" NOT NULL REFERENCES "public".chatkit_runs (id) ON DELETE CASCADE,
  instance text COLLATE "C" NOT NULL, -- the process of the reader
  after bigint,
  expires_at timestamptz NOT NULL,
  mail text[] NOT NULL DEFAULT '{}'
);

CREATE INDEX chatkit_run_readers_of_run ON "public".chatkit_run_readers (run_id);

CREATE FUNCTION "public".chatkit_begin_run(run json, policy text, max_queued integer, queues_replaced boolean, lease interval)
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
  PERFORM pg_advisory_xact_lock(hashtextextended('chatkit-express runs public ' || thread_key, 0));
  SELECT id INTO joined FROM "public".chatkit_runs WHERE thread_id = thread_key AND request_key = run ->> 'key'
    AND (status <> 'ended' OR expires_at > clock_timestamp()) ORDER BY position DESC LIMIT 1;
  IF FOUND THEN RETURN json_build_object('kind', 'joined', 'id', joined); END IF;
  SELECT count(*), count(*) FILTER (WHERE status = 'queued'),
      coalesce(array_agg(id ORDER BY position) FILTER (WHERE is_replaced), '{}'),
      coalesce(array_agg(id ORDER BY position) FILTER (WHERE policy = 'queue' AND NOT is_replaced), '{}')
    INTO earlier, queued, replaced, awaited
    FROM (SELECT *, policy = 'replace' OR coalesce(policy <> 'refuse' AND answers = run ->> 'answers', false) AS is_replaced
      FROM "public".chatkit_runs WHERE thread_id = thread_key AND status <> 'ended') AS open;
  IF policy = 'refuse' AND earlier > 0 THEN RETURN json_build_object('kind', 'busy'); END IF;
  IF cardinality(awaited) > 0 AND queued >= max_queued THEN RETURN json_build_object('kind', 'full'); END IF;
  IF cardinality(awaited) > 0 OR (queues_replaced AND cardinality(replaced) > 0) THEN new_status := 'queued'; END IF;
  new_time := clock_timestamp();
  INSERT INTO "public".chatkit_runs (id, thread_id, thread, created_at, status, instance, token, expires_at, owner, request_key, answers, recovery)
    VALUES (run ->> 'id', thread_key, run ->> 'thread', new_time, new_status, run ->> 'instance', 1, new_time + lease, run ->> 'owner',
      run ->> 'key', run ->> 'answers', run ->> 'recovery');
  IF cardinality(replaced) > 0 THEN
    UPDATE "public".chatkit_runs SET cancelled = coalesce(cancelled, 'replaced') WHERE id = ANY(replaced);
    PERFORM pg_notify('chatkit_runs', 'look ' || instance) FROM "public".chatkit_runs WHERE id = ANY(replaced);
  END IF;
  RETURN json_build_object('kind', 'begun', 'token', 1, 'status', new_status, 'replaced', replaced, 'awaited', awaited,
    'createdAt', to_char(new_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $begin_run$;

CREATE FUNCTION "public".chatkit_check_run(run_id text, run_token integer)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $check_run$
BEGIN
  PERFORM FROM "public".chatkit_runs WHERE id = run_id AND token = run_token FOR KEY SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'the run % has another holder', run_id USING ERRCODE = 'CKR01'; END IF;
  RETURN true;
END $check_run$;

INSERT INTO "public".chatkit_migrations (version, works_with) VALUES (4, 0);

COMMIT;

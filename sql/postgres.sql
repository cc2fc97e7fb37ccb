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

COMMIT;

BEGIN IMMEDIATE;

CREATE TABLE chatkit_migrations (version INTEGER PRIMARY KEY);

CREATE TABLE chatkit_threads (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (owner, id)
);

CREATE INDEX chatkit_threads_in_order ON chatkit_threads (owner, position);

CREATE TABLE chatkit_items (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  thread INTEGER NOT NULL, -- the position of the thread
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (owner, thread_id, id),
  FOREIGN KEY (owner, thread_id) REFERENCES chatkit_threads (owner, id) ON DELETE CASCADE
);

CREATE INDEX chatkit_items_in_order ON chatkit_items (thread, position);

CREATE TABLE chatkit_attachments (
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  thread_id TEXT,
  document TEXT NOT NULL,
  PRIMARY KEY (owner, id)
);

CREATE INDEX chatkit_attachments_of_thread ON chatkit_attachments (owner, thread_id);

INSERT INTO chatkit_migrations (version) VALUES (0);

ALTER TABLE chatkit_attachments ADD COLUMN saved_at INTEGER;

ALTER TABLE chatkit_attachments ADD COLUMN claimed_at INTEGER;

CREATE INDEX chatkit_attachments_unsent ON chatkit_attachments (saved_at) WHERE thread_id IS NULL;

INSERT INTO chatkit_migrations (version) VALUES (1);

ALTER TABLE chatkit_items ADD COLUMN completed_by TEXT;

INSERT INTO chatkit_migrations (version) VALUES (2);

ALTER TABLE chatkit_migrations ADD COLUMN works_with INTEGER;

INSERT INTO chatkit_migrations (version, works_with) VALUES (3, 0);

COMMIT;

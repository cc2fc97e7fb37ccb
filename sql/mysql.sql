SET SESSION lock_wait_timeout = 5;

CREATE TABLE chatkit_migrations (
  version INT PRIMARY KEY,
  works_with INT
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS chatkit_owner_locks (
  slot INT PRIMARY KEY
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO chatkit_owner_locks (slot) VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32), (33), (34), (35), (36), (37), (38), (39), (40), (41), (42), (43), (44), (45), (46), (47), (48), (49), (50), (51), (52), (53), (54), (55), (56), (57), (58), (59), (60), (61), (62), (63);

CREATE TABLE IF NOT EXISTS chatkit_threads (
  owner VARBINARY(600) NOT NULL,
  id VARBINARY(600) NOT NULL,
  position BIGINT NOT NULL AUTO_INCREMENT,
  document LONGTEXT NOT NULL,
  PRIMARY KEY (owner, position),
  UNIQUE KEY chatkit_threads_by_id (owner, id),
  UNIQUE KEY chatkit_threads_by_position (position)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO chatkit_migrations (version) VALUES (0);

CREATE TABLE IF NOT EXISTS chatkit_items (
  owner VARBINARY(600) NOT NULL,
  thread_id VARBINARY(600) NOT NULL,
  thread BIGINT NOT NULL,
  id VARBINARY(600) NOT NULL,
  position BIGINT NOT NULL AUTO_INCREMENT,
  document LONGTEXT NOT NULL,
  completed_by VARBINARY(600),
  PRIMARY KEY (thread, position),
  UNIQUE KEY chatkit_items_by_id (owner, thread_id, id),
  UNIQUE KEY chatkit_items_by_position (position),
  FOREIGN KEY (thread) REFERENCES chatkit_threads (position) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO chatkit_migrations (version) VALUES (1);

CREATE TABLE IF NOT EXISTS chatkit_attachments (
  owner VARBINARY(600) NOT NULL,
  id VARBINARY(600) NOT NULL,
  thread_id VARBINARY(600),
  document LONGTEXT NOT NULL,
  saved_at BIGINT NOT NULL,
  claimed_at BIGINT,
  PRIMARY KEY (owner, id),
  KEY chatkit_attachments_of_thread (owner, thread_id),
  KEY chatkit_attachments_unsent (thread_id, claimed_at, saved_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO chatkit_migrations (version) VALUES (2);

INSERT INTO chatkit_migrations (version, works_with) VALUES (3, 0);

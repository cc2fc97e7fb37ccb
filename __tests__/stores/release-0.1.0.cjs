/* eslint-disable -- the stores of chatkit-express 0.1.0, as esbuild bundles them */
"use strict";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key2 of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key2) && key2 !== except)
        __defProp(to, key2, { get: () => from[key2], enumerable: !(desc = __getOwnPropDesc(from, key2)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// entry.ts
var entry_exports = {};
__export(entry_exports, {
  PostgresStore: () => PostgresStore,
  SqliteStore: () => SqliteStore
});
module.exports = __toCommonJS(entry_exports);

var kindKey = /* @__PURE__ */ Symbol.for("chatkit-express.error");
var isKind = (error, kind) => typeof error === "object" && error !== null && error[kindKey] === kind;
var ChatKitError = class _ChatKitError extends Error {
  code;
  /** What is wrong where, when the request itself is at fault. */
  issues;
  /** @internal */
  [kindKey] = "error";
  constructor(code, message, options = {}) {
    super(message, "cause" in options ? { cause: options.cause } : void 0);
    this.name = "ChatKitError";
    this.code = code;
    if (options.issues) this.issues = options.issues;
  }
  static [Symbol.hasInstance](value) {
    if (this !== _ChatKitError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, "error");
  }
};
var NotFoundError = class _NotFoundError extends ChatKitError {
  constructor(message, options = {}) {
    super("not_found", message, options);
    this.name = "NotFoundError";
  }
  static [Symbol.hasInstance](value) {
    if (this !== _NotFoundError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, "error") && value.code === "not_found";
  }
};
var CustomStreamError = class _CustomStreamError extends Error {
  /** Whether the client shows a Retry button. Default false. */
  allowRetry;
  /** @internal */
  [kindKey] = "custom";
  constructor(message, options = {}) {
    super(message, "cause" in options ? { cause: options.cause } : void 0);
    this.name = "CustomStreamError";
    this.allowRetry = options.allowRetry ?? false;
  }
  static [Symbol.hasInstance](value) {
    if (this !== _CustomStreamError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, "custom");
  }
};
var StreamError = class _StreamError extends Error {
  /** `stream.error` is the one code that clients know. */
  code;
  /** Whether the client shows a Retry button. Default true. */
  allowRetry;
  /** @internal */
  [kindKey] = "stream";
  constructor(code = "stream.error", options = {}) {
    super(`The stream ended with ${code}`, "cause" in options ? { cause: options.cause } : void 0);
    this.name = "StreamError";
    this.code = code;
    this.allowRetry = options.allowRetry ?? true;
  }
  static [Symbol.hasInstance](value) {
    if (this !== _StreamError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, "stream");
  }
};

function pendingMigrations(migrations2, newest) {
  const done = newest ?? -1;
  if (done >= migrations2.length) {
    throw new ChatKitError(
      "internal",
      `The database's schema is version ${done}, newer than version ${migrations2.length - 1}, which this version of chatkit-express knows. Update chatkit-express, or restore the backup from before the update`
    );
  }
  return migrations2.map((statements2, version) => ({ version, statements: statements2 })).slice(done + 1);
}

var import_zod = require("zod");
var maxJsonDepth = 100;
function nestsWithin(value, limit) {
  const open = [];
  if (typeof value === "object" && value !== null) open.push({ value, depth: 1 });
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > limit) return false;
    for (const child of Object.values(next.value)) {
      if (typeof child === "object" && child !== null) open.push({ value: child, depth: next.depth + 1 });
    }
  }
  return true;
}
var JsonSchema = import_zod.z.unknown().refine((value) => nestsWithin(value, maxJsonDepth), {
  error: `nests deeper than ${maxJsonDepth} levels`
});
var JsonObjectSchema = import_zod.z.record(import_zod.z.string(), import_zod.z.unknown()).refine((value) => nestsWithin(value, maxJsonDepth), { error: `nests deeper than ${maxJsonDepth} levels` });
function copyJson(value) {
  return copy(value, "", 0);
}
function copy(given, path, depth) {
  const value = hasToJSON(given) ? given.toJSON() : given;
  switch (typeof value) {
    case "object":
      break;
    case "bigint":
      throw new TypeError(`${path || "value"} is a bigint, which JSON cannot hold`);
    case "number":
      return Number.isFinite(value) ? value || 0 : null;
    // JSON has no negative zero
    case "function":
    case "symbol":
      return void 0;
    default:
      return value;
  }
  if (value === null) return null;
  if (depth > maxJsonDepth * 2) throw new TypeError(`${path.slice(0, 80)}\u2026 nests too deep or contains itself`);
  if (Array.isArray(value)) {
    const copied2 = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      copied2[index] = copy(value[index], `${path}[${index}]`, depth + 1) ?? null;
    }
    return copied2;
  }
  const copied = {};
  for (const key2 of Object.keys(value)) {
    const child = value[key2];
    const kept = typeof child === "string" ? child : copy(child, path ? `${path}.${key2}` : key2, depth + 1);
    if (kept === void 0) continue;
    if (key2 === "__proto__")
      Object.defineProperty(copied, key2, { value: kept, enumerable: true, configurable: true, writable: true });
    else copied[key2] = kept;
  }
  return copied;
}
function hasToJSON(value) {
  return typeof value === "object" && value !== null && typeof value.toJSON === "function";
}

function checkOwner(owner) {
  if (typeof owner !== "string" || owner === "") throw new ChatKitError("unauthorized", "The request has no owner");
  return owner;
}

var import_zod2 = require("zod");
function optional(schema) {
  return import_zod2.z.preprocess((value) => value ?? void 0, schema.optional());
}
function defaulted(schema, value) {
  const withDefault = schema.default(value);
  return import_zod2.z.preprocess((given) => given ?? void 0, withDefault);
}

var import_zod3 = require("zod");
var maxPageSize = 100;
var OrderSchema = import_zod3.z.enum(["asc", "desc"]);
var pageParams = {
  limit: optional(import_zod3.z.int().min(1)),
  order: defaulted(OrderSchema, "desc"),
  after: optional(import_zod3.z.string())
};

function pageSize(limit) {
  return Math.max(1, Math.min(Math.trunc(limit) || 1, maxPageSize));
}

var import_node_crypto = require("node:crypto");
var prefixes = {
  thread: "thr",
  message: "msg",
  tool_call: "tc",
  task: "tsk",
  workflow: "wf",
  attachment: "atc",
  sdk_hidden_context: "shcx"
};
function newId(type) {
  return `${prefixes[type]}_${(0, import_node_crypto.randomUUID)().replaceAll("-", "")}`;
}

var Store = class {
  /** A fresh id for a thread. Called once for each new thread, before it is saved. */
  generateThreadId(_context) {
    return newId("thread");
  }
  /** A fresh id for an item. Called before the item is added, and by hooks through `turn.generateId`. */
  generateItemId(type, _thread, _context) {
    return newId(type);
  }
  /**
   * Replaces an attachment that is in no thread, or already in that of its new `thread_id`, in one step: of two messages
   * that want it for two threads at the same moment, one gets it. Default: looks and then saves, which two can do at once.
   * @throws NotFoundError when it is not there, was claimed, or is in another thread.
   */
  async tieAttachment(attachment, context) {
    const { thread_id } = await this.loadAttachment(attachment.id, context);
    if ((thread_id ?? attachment.thread_id) !== attachment.thread_id) {
      throw new NotFoundError(`There is no attachment ${attachment.id} outside other threads`);
    }
    await this.saveAttachment(attachment, context);
  }
  /**
   * Claims attachments of all owners that were first saved before `before` and have no `thread_id`: from then on they
   * are not there for `loadAttachment`, and `saveAttachment` throws NotFoundError for them. A message that is being sent
   * at the same moment either gets the attachment or is refused. Called by `sweep()`, in several instances at once.
   * Default: claims nothing, so that nothing is swept.
   * @returns At most `limit`, also of those that earlier calls have claimed and that are still there: those never
   * claimed come first, then those claimed longest ago.
   */
  async claimUnsentAttachments(_query) {
    return [];
  }
  /** Deletes what was claimed, once its bytes are gone. Does nothing when it is not there. Its id is free again. */
  async deleteClaimedAttachment(_claimed) {
  }
};

var import_node_crypto2 = require("node:crypto");
var maxKeyBytes = 600;
var mark = "";
function toKey(id) {
  const key2 = id.replaceAll(mark, `${mark}001a`).replaceAll("\0", `${mark}0000`).replaceAll(new RegExp("\\p{Surrogate}", "gu"), (half) => mark + half.charCodeAt(0).toString(16));
  if (key2.length * 3 <= maxKeyBytes || Buffer.byteLength(key2) <= maxKeyBytes) return key2;
  return `${mark}#${(0, import_node_crypto2.createHash)("sha256").update(key2).digest("hex")}`;
}

var SqlStore = class extends Store {
  #backend;
  #statements;
  #owner;
  #migrated = false;
  /** @internal */
  constructor(backend, owner) {
    super();
    if (typeof owner !== "function") {
      throw new ChatKitError(
        "invalid_request",
        `${backend.name}: \`owner\` must be a function that names the owner of a request, such as \`(context) => context.userId\`. Where everybody is to see everything, say so: \`owner: () => 'shared'\``
      );
    }
    this.#backend = backend;
    this.#statements = backend.statements;
    this.#owner = owner;
  }
  /**
   * Creates the tables, or brings them to this version's schema. Await it once in each process, before the first
   * request. Any number of processes can do so at the same moment, and again at any time: one migrates, the others wait.
   * @throws ChatKitError `internal` when the schema is newer than this version of the package knows; the driver's error
   * when the database fails. Do not serve after either: nothing was changed.
   */
  async migrate() {
    await this.#backend.migrate();
    this.#migrated = true;
  }
  /** @throws NotFoundError */
  async loadThread(threadId, context) {
    const rows = await this.#run(this.#statements.loadThread, [this.#ownerOf(context), toKey(threadId)]);
    return this.#first(rows, `There is no thread ${threadId}`);
  }
  /** Adds the thread as the newest, or replaces it in its place and keeps its items. Of two at once the later wins. */
  async saveThread(thread, context) {
    const { id, document } = this.#write(thread);
    await this.#run(this.#statements.saveThread, [this.#ownerOf(context), id, document]);
  }
  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a cursor that is not there. */
  async loadThreads(query, context) {
    const owner = this.#ownerOf(context);
    const page = await this.#page(this.#statements.threads, [owner], query);
    if (page.data.length === 0 && query.after !== null) {
      await this.#find(this.#statements.hasThread, [owner, toKey(query.after)], missingCursor(query.after));
    }
    return page;
  }
  /** Deletes the thread and its items. Attachments stay: returns the ids of those whose `thread_id` is the thread's. */
  async deleteThread(threadId, context) {
    const thread = [this.#ownerOf(context), toKey(threadId)];
    await this.#run(this.#statements.deleteThread, thread);
    const rows = await this.#run(this.#statements.attachmentsOf, thread);
    return Array.from(rows, (row) => this.#read(row).id);
  }
  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a thread or a cursor that is not there. */
  async loadThreadItems(threadId, query, context) {
    const { after } = query;
    const thread = [this.#ownerOf(context), toKey(threadId)];
    const page = await this.#page(this.#statements.items, thread, query);
    if (page.data.length > 0) return page;
    await this.#find(this.#statements.hasThread, thread, `There is no thread ${threadId}`);
    if (after !== null) await this.#find(this.#statements.hasItem, [...thread, toKey(after)], missingCursor(after));
    return page;
  }
  /** Adds at the end, or replaces in its place: the same as {@link saveItem}. @throws NotFoundError when the thread is not there. */
  async addThreadItem(threadId, item, context) {
    await this.#saveItem(threadId, item, context);
  }
  /** Replaces in its place, or adds at the end. @throws NotFoundError when the thread is not there. */
  async saveItem(threadId, item, context) {
    await this.#saveItem(threadId, item, context);
  }
  /** @throws NotFoundError when the thread or the item is not there. */
  async loadItem(threadId, itemId, context) {
    const item = [this.#ownerOf(context), toKey(threadId), toKey(itemId)];
    const rows = await this.#run(this.#statements.loadItem, item);
    return this.#first(rows, `There is no item ${itemId} in the thread ${threadId}`);
  }
  /** Does nothing when the item or the thread is not there. */
  async deleteThreadItem(threadId, itemId, context) {
    await this.#run(this.#statements.deleteItem, [this.#ownerOf(context), toKey(threadId), toKey(itemId)]);
  }
  /** Adds or replaces. @throws NotFoundError when it was claimed. */
  async saveAttachment(attachment, context) {
    const { id, document, copied } = this.#write(attachment);
    const threadId = typeof copied.thread_id === "string" ? toKey(copied.thread_id) : null;
    const values = [this.#ownerOf(context), id, threadId, document, Date.now()];
    await this.#find(this.#statements.saveAttachment, values, `There is no attachment ${copied.id}`);
  }
  /** @throws NotFoundError when it is not there, was claimed, or is in another thread. */
  async tieAttachment(attachment, context) {
    const { id, document, copied } = this.#write(attachment);
    const values = [this.#ownerOf(context), id, toKey(copied.thread_id), document];
    await this.#find(
      this.#statements.tieAttachment,
      values,
      `There is no attachment ${copied.id} outside other threads`
    );
  }
  /** @throws NotFoundError */
  async loadAttachment(attachmentId, context) {
    const rows = await this.#run(this.#statements.loadAttachment, [this.#ownerOf(context), toKey(attachmentId)]);
    return this.#first(rows, `There is no attachment ${attachmentId}`);
  }
  /** Does nothing when it is not there. */
  async deleteAttachment(attachmentId, context) {
    await this.#run(this.#statements.deleteAttachment, [this.#ownerOf(context), toKey(attachmentId)]);
  }
  async claimUnsentAttachments(query) {
    this.#checkMigrated();
    const values = [Date.now(), query.before.getTime(), query.limit];
    const rows = await this.#run(this.#statements.claimAttachments, values);
    return Array.from(rows, (row) => ({
      owner: row.owner,
      attachment: this.#read(row)
    }));
  }
  async deleteClaimedAttachment({ owner, id }) {
    this.#checkMigrated();
    await this.#run(this.#statements.deleteClaimed, [owner, toKey(id)]);
  }
  async #saveItem(threadId, item, context) {
    const { id, document } = this.#write(item);
    const values = [this.#ownerOf(context), toKey(threadId), id, document];
    await this.#find(this.#statements.saveItem, values, `There is no thread ${threadId}`);
  }
  async #page(statements2, list, { limit, after, order }) {
    const size = pageSize(limit);
    const { first, next } = statements2[order === "desc" ? "desc" : "asc"];
    const rest = size + 1;
    const rows = await (after === null ? this.#run(first, [...list, rest]) : this.#run(next, [...list, toKey(after), rest]));
    const data = Array.from(rows.slice(0, size), (row) => this.#read(row));
    return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
  }
  /** @throws NotFoundError saying what is `missing`, where the statement gives no row. */
  async #find(statement, values, missing) {
    const rows = await this.#run(statement, values);
    if (rows.length === 0) throw new NotFoundError(missing);
  }
  async #run(statement, values) {
    return this.#backend.run(statement, values);
  }
  /** The first value of every statement. */
  #ownerOf(context) {
    const owner = checkOwner(this.#owner(context));
    this.#checkMigrated();
    return toKey(owner);
  }
  #checkMigrated() {
    if (this.#migrated) return;
    const { name } = this.#backend;
    throw new ChatKitError("internal", `${name}: \`await store.migrate()\` once before the first request`);
  }
  #write(given) {
    const copied = copyJson(given);
    return { copied, id: toKey(copied.id), document: this.#backend.toDocument(JSON.stringify(copied)) };
  }
  #read(row) {
    return JSON.parse(this.#backend.fromDocument(row.document));
  }
  #first(rows, missing) {
    if (rows.length === 0) throw new NotFoundError(missing);
    return this.#read(rows[0]);
  }
};
function missingCursor(id) {
  return `The cursor ${id} is not in the list`;
}

function makeStatements(dialect) {
  const threads = dialect.table("threads");
  const items = dialect.table("items");
  const attachments = dialect.table("attachments");
  const { documentIn, documentOut, inOrder: inOrder2 } = dialect;
  const lists = {
    threads: { table: threads, column: "owner", scope: "$1", row: `${threads} WHERE owner = $1 AND id = $2`, next: 2 },
    items: {
      table: items,
      column: "thread",
      scope: `(SELECT position FROM ${threads} WHERE owner = $1 AND id = $2)`,
      row: `${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
      next: 3
    }
  };
  function page(list, order, hasCursor) {
    const { table, column, scope, row, next } = lists[list];
    const rows = inOrder2({ column, scope, cursor: hasCursor ? row : null }, order);
    return `SELECT ${documentOut} AS document FROM ${table} ${rows} LIMIT $${hasCursor ? next + 1 : next}`;
  }
  const pages = (list) => ({
    asc: { first: page(list, "asc", false), next: page(list, "asc", true) },
    desc: { first: page(list, "desc", false), next: page(list, "desc", true) }
  });
  return {
    loadThread: `SELECT ${documentOut} AS document FROM ${threads} WHERE owner = $1 AND id = $2`,
    hasThread: `SELECT id FROM ${threads} WHERE owner = $1 AND id = $2`,
    saveThread: dialect.saveThread(threads),
    deleteThread: `DELETE FROM ${threads} WHERE owner = $1 AND id = $2 RETURNING id`,
    threads: pages("threads"),
    items: pages("items"),
    hasItem: `SELECT id FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    loadItem: `SELECT ${documentOut} AS document FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    // Writes nothing when the thread is not there.
    saveItem: `INSERT INTO ${items} (owner, thread_id, thread, id, document) SELECT owner, id, position, $3, ${documentIn("$4")} FROM ${threads} WHERE owner = $1 AND id = $2${dialect.lockThread} ON CONFLICT (owner, thread_id, id) DO UPDATE SET document = excluded.document RETURNING id`,
    deleteItem: `DELETE FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3 RETURNING id`,
    loadAttachment: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NULL`,
    attachmentsOf: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND thread_id = $2`,
    saveAttachment: `INSERT INTO ${attachments} (owner, id, thread_id, document, saved_at) VALUES ($1, $2, $3, ${documentIn("$4")}, $5) ON CONFLICT (owner, id) DO UPDATE SET thread_id = excluded.thread_id, document = excluded.document WHERE ${attachments}.claimed_at IS NULL RETURNING id`,
    tieAttachment: `UPDATE ${attachments} SET thread_id = $3, document = ${documentIn("$4")} WHERE owner = $1 AND id = $2 AND claimed_at IS NULL AND (thread_id IS NULL OR thread_id = $3) RETURNING id`,
    deleteAttachment: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 RETURNING id`,
    // Of all owners: the time of the claim, the latest time that is before, and how many at most.
    claimAttachments: `UPDATE ${attachments} SET claimed_at = $1 WHERE thread_id IS NULL AND (owner, id) IN (SELECT owner, id FROM ${attachments} WHERE thread_id IS NULL AND saved_at < $2 ORDER BY coalesce(claimed_at, 0), saved_at LIMIT $3${dialect.skipLocked}) RETURNING owner, ${documentOut} AS document`,
    deleteClaimed: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NOT NULL RETURNING id`
  };
}

var busyTimeoutMs = 5e3;
var statements = makeStatements({
  table: (name) => `chatkit_${name}`,
  documentIn: (value) => value,
  documentOut: "document",
  inOrder({ column, scope, cursor }, order) {
    const [after, direction] = order === "desc" ? ["<", "DESC"] : [">", "ASC"];
    const rest = cursor === null ? "" : ` AND position ${after} (SELECT position FROM ${cursor})`;
    return `WHERE ${column} = ${scope}${rest} ORDER BY position ${direction}`;
  },
  lockThread: "",
  // one writer at a time
  skipLocked: "",
  saveThread: (threads) => `INSERT INTO ${threads} (owner, id, document) VALUES ($1, $2, $3) ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document RETURNING id`
});
var migrations = [
  [
    `CREATE TABLE chatkit_threads (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      owner TEXT NOT NULL,
      id TEXT NOT NULL,
      document TEXT NOT NULL,
      UNIQUE (owner, id)
    )`,
    "CREATE INDEX chatkit_threads_in_order ON chatkit_threads (owner, position)",
    `CREATE TABLE chatkit_items (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      owner TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      thread INTEGER NOT NULL, -- its position
      id TEXT NOT NULL,
      document TEXT NOT NULL,
      UNIQUE (owner, thread_id, id),
      FOREIGN KEY (owner, thread_id) REFERENCES chatkit_threads (owner, id) ON DELETE CASCADE
    )`,
    "CREATE INDEX chatkit_items_in_order ON chatkit_items (thread, position)",
    `CREATE TABLE chatkit_attachments (
      owner TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT,
      document TEXT NOT NULL,
      PRIMARY KEY (owner, id)
    )`,
    "CREATE INDEX chatkit_attachments_of_thread ON chatkit_attachments (owner, thread_id)"
  ],
  [
    // In milliseconds since 1970. What was saved before has none, and is never swept.
    "ALTER TABLE chatkit_attachments ADD COLUMN saved_at INTEGER",
    "ALTER TABLE chatkit_attachments ADD COLUMN claimed_at INTEGER",
    "CREATE INDEX chatkit_attachments_unsent ON chatkit_attachments (saved_at) WHERE thread_id IS NULL"
  ]
];
var SqliteStore = class extends SqlStore {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options) {
    const { database, owner } = options ?? {};
    if (typeof database?.prepare !== "function" || typeof database.exec !== "function") {
      throw new ChatKitError(
        "invalid_request",
        "SqliteStore: `database` must be an open SQLite database. Run `npm install libsql`, then give it `new Database('chat.db')` of `libsql`, or use `new DatabaseSync('chat.db')` of `node:sqlite`"
      );
    }
    super(new SqliteBackend(database), owner);
  }
};
var SqliteBackend = class {
  name = "SqliteStore";
  statements = statements;
  #database;
  #prepared = /* @__PURE__ */ new Map();
  constructor(database) {
    this.#database = database;
  }
  async migrate() {
    const database = this.#database;
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    await this.#useWal();
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec("CREATE TABLE IF NOT EXISTS chatkit_migrations (version INTEGER PRIMARY KEY)");
      const [row] = database.prepare("SELECT max(version) AS version FROM chatkit_migrations").all();
      const { version: newest } = row;
      for (const { version, statements: statements2 } of pendingMigrations(migrations, newest)) {
        for (const statement of statements2) database.exec(statement);
        database.exec(`INSERT INTO chatkit_migrations (version) VALUES (${version})`);
      }
      database.exec("COMMIT");
    } catch (error) {
      try {
        database.exec("ROLLBACK");
      } catch {
      }
      throw error;
    }
  }
  async run(statement, values) {
    const { statement: prepared, order } = this.#prepare(statement);
    return prepared.all(...order.map((index) => values[index] ?? null));
  }
  toDocument(json) {
    return json;
  }
  fromDocument(text) {
    return text;
  }
  #prepare(statement) {
    const known = this.#prepared.get(statement);
    if (known) return known;
    const order = [];
    const sql = statement.replaceAll(/\$(\d)/g, (_match, number) => {
      order.push(Number(number) - 1);
      return "?";
    });
    const prepared = { statement: this.#database.prepare(sql), order };
    this.#prepared.set(statement, prepared);
    return prepared;
  }
  /** The file stays in the mode. While another process sets it, SQLite fails at once instead of waiting. */
  async #useWal() {
    const giveUpAt = Date.now() + busyTimeoutMs;
    for (; ; ) {
      try {
        this.#database.exec("PRAGMA journal_mode = WAL");
        return;
      } catch (error) {
        if (!/locked|busy/i.test(String(error)) || Date.now() > giveUpAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
};

function toJsonb(json) {
  if (!/\\u(?:0000|001a|d)/.test(json)) return json;
  return json.replaceAll(
    /\\(?:\\|u(0000|001a|d[89a-f][0-9a-f]{2}))/g,
    (escape, code) => code === void 0 ? escape : `\\u001a${code}`
  );
}
function fromJsonb(text) {
  if (!text.includes("\\u001a")) return text;
  return text.replaceAll(
    /\\(?:\\|u001a([0-9a-f]{4}))/g,
    (escape, code) => code === void 0 ? escape : `\\u${code}`
  );
}

var PostgresStore = class extends SqlStore {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options) {
    const { pool, owner, schema = "public" } = options ?? {};
    if (typeof pool?.query !== "function" || typeof pool.connect !== "function") {
      throw new ChatKitError(
        "invalid_request",
        "PostgresStore: `pool` must be a pool of connections. Run `npm install pg`, then give it `new Pool({ connectionString })` of `pg`"
      );
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
      throw new ChatKitError(
        "invalid_request",
        "PostgresStore: `schema` must be letters, digits and underscores, at most 63, and not begin with a digit"
      );
    }
    super(new PostgresBackend(pool, schema), owner);
  }
};
var PostgresBackend = class {
  name = "PostgresStore";
  statements;
  #pool;
  #schema;
  constructor(pool, schema) {
    this.#pool = pool;
    this.#schema = schema;
    this.statements = makeStatements({
      table: (name) => `"${schema}".chatkit_${name}`,
      documentIn: (value) => `${value}::jsonb`,
      documentOut: "document::text",
      inOrder,
      // Taken before the new row gets its position, and held until the row can be seen.
      lockThread: " FOR NO KEY UPDATE",
      skipLocked: " FOR UPDATE SKIP LOCKED",
      saveThread: (threads) => saveThread(threads, schema)
    });
  }
  async migrate() {
    const client = await this.#pool.connect();
    let failure;
    try {
      await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
      try {
        await this.#migrateIn(client);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK").catch((cause) => failure = new Error("not rolled back", { cause }));
        throw error;
      }
    } finally {
      client.release(failure);
    }
  }
  async run(statement, values) {
    const { rows } = await this.#pool.query(statement, values);
    return rows;
  }
  toDocument(json) {
    return toJsonb(json);
  }
  fromDocument(text) {
    return fromJsonb(text);
  }
  /** Creates only what is not there, so that a role which may not create can start where nothing is left to do. */
  async #migrateIn(client) {
    const schema = this.#schema;
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`chatkit-express migrate ${schema}`]);
    const found = async (sql, value) => (await client.query(sql, [value])).rows.length > 0;
    if (!await found("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema))
      await client.query(`CREATE SCHEMA "${schema}"`);
    const table = `"${schema}".chatkit_migrations`;
    if (!await found("SELECT 1 WHERE to_regclass($1) IS NOT NULL", table))
      await client.query(`CREATE TABLE ${table} (version integer PRIMARY KEY)`);
    const { rows } = await client.query(`SELECT max(version) AS version FROM ${table}`);
    const { version: newest } = rows[0];
    for (const { version, statements: statements2 } of pendingMigrations(migrationsIn(schema), newest)) {
      for (const statement of statements2) await client.query(statement);
      await client.query(`INSERT INTO ${table} (version) VALUES ($1)`, [version]);
    }
  }
};
var inOrder = ({ column, scope, cursor }, order) => {
  const isDescending = order === "desc";
  const [from, to, direction] = isDescending ? ["<=", ">=", "DESC"] : [">=", "<=", "ASC"];
  const first = isDescending ? "9223372036854775807" : "0";
  const next = `(SELECT position ${isDescending ? "-" : "+"} 1 FROM ${cursor})`;
  return `WHERE (${column}, position) ${from} (${scope}, ${cursor === null ? first : next}) AND ${column} ${to} ${scope} ORDER BY ${column} ${direction}, position ${direction}`;
};
function saveThread(threads, schema) {
  const lock = `pg_advisory_xact_lock(hashtextextended('chatkit-express threads ${schema} ' || $1::text, 0))`;
  return `WITH replaced AS (UPDATE ${threads} SET document = $3::jsonb WHERE owner = $1 AND id = $2 RETURNING id), turn AS MATERIALIZED (SELECT ${lock} WHERE NOT EXISTS (SELECT FROM replaced)) INSERT INTO ${threads} (owner, id, document) SELECT $1, $2, $3::jsonb FROM turn ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document RETURNING id`;
}
var key = 'text COLLATE "C"';
function migrationsIn(schema) {
  const table = (name) => `"${schema}".chatkit_${name}`;
  return [
    [
      `CREATE TABLE ${table("threads")} (
        owner ${key} NOT NULL,
        id ${key} NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        document jsonb NOT NULL,
        PRIMARY KEY (id, owner) -- no second index begins with the owner: the planner would sort what it finds there
      )`,
      `CREATE INDEX chatkit_threads_in_order ON ${table("threads")} (owner, position)`,
      `CREATE TABLE ${table("items")} (
        owner ${key} NOT NULL,
        thread_id ${key} NOT NULL,
        thread bigint NOT NULL, -- its position
        id ${key} NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        document jsonb NOT NULL,
        PRIMARY KEY (owner, thread_id, id),
        FOREIGN KEY (owner, thread_id) REFERENCES ${table("threads")} (owner, id) ON DELETE CASCADE
      )`,
      `CREATE INDEX chatkit_items_in_order ON ${table("items")} (thread, position)`,
      `CREATE TABLE ${table("attachments")} (
        owner ${key} NOT NULL,
        id ${key} NOT NULL,
        thread_id ${key},
        document jsonb NOT NULL,
        PRIMARY KEY (owner, id)
      )`,
      `CREATE INDEX chatkit_attachments_of_thread ON ${table("attachments")} (owner, thread_id)`
    ],
    [
      // In milliseconds since 1970. What was saved before has none, and is never swept.
      `ALTER TABLE ${table("attachments")} ADD COLUMN saved_at bigint, ADD COLUMN claimed_at bigint`,
      `CREATE INDEX chatkit_attachments_unsent ON ${table("attachments")} (saved_at) WHERE thread_id IS NULL`
    ]
  ];
}
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  PostgresStore,
  SqliteStore
});

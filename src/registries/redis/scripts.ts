// The Lua scripts of the registry of runs in Redis. Redis runs a script as one step.
import { createHash } from 'node:crypto';

/**
 * The keys, all of which begin with KEYS[1]:
 *
 * - `open`: a sorted set of the open runs, by the end of their leases; `holders`: the process and the owner of each.
 * - `run:<run>`: a hash, the row of a run that is open or kept.
 * - `thread:<thread>`: a sorted set of the open runs of a thread, the oldest first.
 * - `request:<thread and key>`: the run of an idempotency key.
 * - `owner:<owner>`, `kept:<process>`: sorted sets of runs, by the time after which they are not needed.
 * - `cancels:<process>`: a hash, the reasons for which runs of a process must end.
 * - `reader:<reader>`, `mail:<reader>`: a hash and a list, a reader in another process and its batches.
 * - `readers:<run>`, `asked:<process>`, `own:<process>`: sets of readers: of a run, of the runs of a process, in a process.
 *
 * Each key expires, so that nothing is left when every process dies. The arguments begin with the channel of the signals,
 * and with the lifetime of the keys of an open run.
 */
const common = `
local root, channel, ttl = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local call = redis.call
local function key(kind, id) return root .. ':' .. kind .. ':' .. id end
local function digits(number) return string.format('%.0f', number) end
local open_runs, holders = root .. ':open', root .. ':holders'

-- Signals are only for speed: a user who may not publish is not refused.
local function signal(kind, id) redis.pcall('PUBLISH', channel, kind .. ' ' .. id) end

-- Lets a key live for at least so long.
local function keep(name, ms)
  if call('PTTL', name) < ms then call('PEXPIRE', name, digits(ms)) end
end

-- Lets an index, whose scores are times, live until the last of them.
local function trim(name)
  call('ZREMRANGEBYSCORE', name, '-inf', digits(now))
  local last = call('ZREVRANGE', name, 0, 0, 'WITHSCORES')
  if last[2] then call('PEXPIREAT', name, digits(tonumber(last[2]))) end
end

local function index(name, id, at)
  call('ZADD', name, digits(at), id)
  trim(name)
end

local function unindex(name, id)
  call('ZREM', name, id)
  trim(name)
end

local function request_key(thread, request) return key('request', #thread .. ':' .. thread .. request) end

-- Lets the keys of an open run live for their lifetime.
local function touch(id, thread, owner, request)
  call('HSET', key('run', id), 'until', digits(now + ttl))
  call('PEXPIRE', key('run', id), digits(ttl))
  call('PEXPIRE', key('thread', thread), digits(ttl))
  if owner then index(key('owner', owner), id, now + ttl) end
  if request then call('PEXPIRE', request_key(thread, request), digits(ttl)) end
end

local function hold(id, instance, owner, lease)
  call('ZADD', open_runs, digits(now + lease), id)
  call('HSET', holders, id, instance .. ' ' .. (owner or ''))
  keep(open_runs, ttl)
  keep(holders, ttl)
end

local function release(id, thread, instance)
  call('ZREM', open_runs, id)
  call('HDEL', holders, id)
  if thread then call('ZREM', key('thread', thread), id) end
  if instance then call('HDEL', key('cancels', instance), id) end
end

local function ask_to_end(id, instance, reason)
  call('HSETNX', key('run', id), 'cancelled', reason)
  call('HSETNX', key('cancels', instance), id, reason)
  keep(key('cancels', instance), ttl)
end

local function drop_reader(id)
  local row = call('HMGET', key('reader', id), 'run', 'instance')
  call('DEL', key('reader', id), key('mail', id))
  if not row[1] then return end
  call('SREM', key('readers', row[1]), id)
  call('SREM', key('own', row[2]), id)
  local holder = call('HGET', key('run', row[1]), 'instance')
  if holder then call('SREM', key('asked', holder), id) end
end

-- Deletes a run that has ended.
local function forget(id)
  local row = call('HMGET', key('run', id), 'thread_key', 'request', 'owner', 'instance')
  for _, reader in ipairs(call('SMEMBERS', key('readers', id))) do drop_reader(reader) end
  call('DEL', key('run', id), key('readers', id))
  if row[2] and call('GET', request_key(row[1], row[2])) == id then call('DEL', request_key(row[1], row[2])) end
  if row[3] then unindex(key('owner', row[3]), id) end
  if row[4] then unindex(key('kept', row[4]), id) end
end

local function requests(instance)
  local cancels, readers = {}, {}
  local asked = call('HGETALL', key('cancels', instance))
  for at = 1, #asked, 2 do
    local row = call('HMGET', key('run', asked[at]), 'instance', 'status')
    if row[1] == instance and row[2] ~= 'ended' then cancels[#cancels + 1] = {asked[at], asked[at + 1]}
    else call('HDEL', key('cancels', instance), asked[at]) end
  end
  for _, id in ipairs(call('SMEMBERS', key('asked', instance))) do
    local row = call('HMGET', key('reader', id), 'run', 'after')
    if row[1] and call('HGET', key('run', row[1]), 'instance') == instance then
      readers[#readers + 1] = {id, row[1], row[2]}
    else call('SREM', key('asked', instance), id) end
  end
  return cancels, readers
end

local function is_open(id)
  local status = call('HGET', key('run', id), 'status')
  return status and status ~= 'ended'
end

-- Returns the open runs of a thread, the oldest first, with the given fields of their rows.
local function open_of_thread(thread, ...)
  local found = {}
  for _, id in ipairs(call('ZRANGE', key('thread', thread), 0, -1)) do
    local row = call('HMGET', key('run', id), ...)
    if row[1] then
      row.id = id
      found[#found + 1] = row
    else call('ZREM', key('thread', thread), id) end
  end
  return found
end

local function insert(id, fields, lease)
  local row = {}
  for name, value in pairs(fields) do
    if value and value ~= '' then
      row[#row + 1] = name
      row[#row + 1] = value
    end
  end
  call('HSET', key('run', id), unpack(row))
  call('ZADD', key('thread', fields.thread_key), fields.position, id)
  local owner = fields.owner ~= '' and fields.owner
  local request = fields.request ~= '' and fields.request
  if request then call('SET', request_key(fields.thread_key, request), id) end
  hold(id, fields.instance, owner, lease)
  touch(id, fields.thread_key, owner, request)
end

-- Changes with the server, whose data may be gone or old then.
local function server_id()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and info:match('run_id:(%x+)') or ''
end
`;

/** A script with the hash by which Redis remembers it. */
export interface Script {
  text: string;
  sha: string;
}

function script(body: string): Script {
  const text = common + body;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** The scripts, by the methods of `RunBackend`. `restore` inserts runs again after the server has lost its data. */
export const scripts = {
  // A client that has lost its connection may send a command again, so that a run of the same id gets the same reply.
  begin: script(`
local id, thread, instance, owner, request = ARGV[3], ARGV[4], ARGV[6], ARGV[7], ARGV[8]
local answers, policy, max_queued = ARGV[9], ARGV[11], tonumber(ARGV[12])
local begun = call('HGET', key('run', id), 'begun')
if begun then return cjson.decode(begun) end
if request ~= '' then
  local joined = call('GET', request_key(thread, request))
  if joined and call('EXISTS', key('run', joined)) == 1 then return {'joined', joined} end
end
local queued, replaced, awaited, position = 0, {}, {}, micros
local earlier = open_of_thread(thread, 'status', 'answers', 'instance', 'position')
for _, run in ipairs(earlier) do
  if run[1] == 'queued' then queued = queued + 1 end
  if policy == 'replace' or (policy ~= 'refuse' and answers ~= '' and run[2] == answers) then replaced[#replaced + 1] = run.id
  elseif policy == 'queue' then awaited[#awaited + 1] = run.id end
  position = math.max(position, tonumber(run[4]) + 1)
end
if policy == 'refuse' and #earlier > 0 then return {'busy'} end
if #awaited > 0 and max_queued and queued >= max_queued then return {'full'} end
local status = (#awaited > 0 or (ARGV[13] == '1' and #replaced > 0)) and 'queued' or 'running'
local reply = {'begun', status, digits(position), server_id(), replaced, awaited}
insert(id, {
  thread_key = thread, thread = ARGV[5], instance = instance, owner = owner, request = request, answers = answers,
  recovery = ARGV[10], token = '1', status = status, position = digits(position), begun = cjson.encode(reply),
}, tonumber(ARGV[14]))
local told, is_replaced = {}, {}
for _, other in ipairs(replaced) do is_replaced[other] = true end
for _, run in ipairs(earlier) do
  if is_replaced[run.id] then
    ask_to_end(run.id, run[3], 'replaced')
    if not told[run[3]] then signal('look', run[3]) end
    told[run[3]] = true
  end
end
return reply
`),

  restore: script(`
local instance, lease = ARGV[3], tonumber(ARGV[4])
local restored = {}
for at = 5, #ARGV, 11 do
  local id = ARGV[at]
  if call('EXISTS', key('run', id)) == 0 then
    insert(id, {
      instance = instance, thread_key = ARGV[at + 1], thread = ARGV[at + 2], owner = ARGV[at + 3], request = ARGV[at + 4],
      answers = ARGV[at + 5], recovery = ARGV[at + 6], token = ARGV[at + 7], status = ARGV[at + 8],
      position = ARGV[at + 9], snapshot = ARGV[at + 10],
    }, lease)
    restored[#restored + 1] = id
  end
end
return restored
`),

  end: script(`
local id, token, keep_ms = ARGV[3], ARGV[4], tonumber(ARGV[5])
local row = call('HMGET', key('run', id), 'token', 'status', 'thread_key', 'instance', 'cancelled', 'owner', 'request')
if row[1] ~= token then return 0 end
if row[2] ~= 'ended' then
  release(id, row[3], row[4])
  -- Only these are waited for.
  if row[5] or call('ZCARD', key('thread', row[3])) > 0 then signal('end', id) end
elseif keep_ms > 0 then return 0 end
if keep_ms <= 0 then
  forget(id)
  return 1
end
call('HSET', key('run', id), 'status', 'ended')
call('HDEL', key('run', id), 'recovery', 'snapshot', 'begun')
call('PEXPIRE', key('run', id), digits(keep_ms))
if row[7] and call('GET', request_key(row[3], row[7])) == id then
  call('PEXPIRE', request_key(row[3], row[7]), digits(keep_ms))
end
if row[6] then index(key('owner', row[6]), id, now + keep_ms) end
index(key('kept', row[4]), id, now + keep_ms)
return 1
`),

  beat: script(`
local instance, lease, max_taken, needs_counts = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local given, held, missing, taken, counts = {}, {}, {}, {}, {}
for at = 7, #ARGV, 4 do
  local id, snapshot = ARGV[at], ARGV[at + 3]
  given[id] = true
  local row = call('HMGET', key('run', id), 'token', 'status', 'until', 'thread_key', 'owner', 'request')
  if not row[1] then missing[#missing + 1] = id
  elseif row[1] == ARGV[at + 1] and row[2] ~= 'ended' then
    held[#held + 1] = id
    hold(id, instance, row[5], lease)
    if row[2] ~= ARGV[at + 2] then call('HSET', key('run', id), 'status', ARGV[at + 2]) end
    if snapshot ~= '' then call('HSET', key('run', id), 'snapshot', snapshot) end
    if tonumber(row[3]) < now + ttl - lease then touch(id, row[4], row[5], row[6]) end
  end
end
local dead = max_taken > 0 and call('ZRANGEBYSCORE', open_runs, '-inf', '(' .. digits(now)) or {}
for _, id in ipairs(dead) do
  if #taken >= max_taken then break end
  if not given[id] then
    local row = call('HMGET', key('run', id), 'thread', 'position', 'status', 'recovery', 'snapshot', 'cancelled', 'token',
      'thread_key', 'owner', 'request', 'answers', 'instance')
    if row[1] then
      local token = digits(tonumber(row[7]) + 1)
      call('HSET', key('run', id), 'token', token, 'instance', instance)
      call('HDEL', key('cancels', row[12]), id)
      if row[6] then ask_to_end(id, instance, row[6]) end
      for _, reader in ipairs(call('SMEMBERS', key('readers', id))) do
        call('SMOVE', key('asked', row[12]), key('asked', instance), reader)
        keep(key('asked', instance), lease)
      end
      hold(id, instance, row[9], lease)
      touch(id, row[8], row[9], row[10])
      row[7] = token
      row[12] = id
      taken[#taken + 1] = row
    else release(id) end
  end
end
if needs_counts then
  local of_owner = {}
  local all = call('HGETALL', holders)
  for at = 2, #all, 2 do
    local holder, owner = all[at]:match('^(%S*) (.*)$')
    if holder ~= instance then of_owner[owner] = (of_owner[owner] or 0) + 1 end
  end
  for owner, runs in pairs(of_owner) do counts[#counts + 1] = {owner, runs} end
end
local cancels, readers = requests(instance)
return {server_id(), held, missing, taken, cancels, readers, counts}
`),

  look: script(`
local open = {}
for at = 4, #ARGV do
  if is_open(ARGV[at]) then open[#open + 1] = ARGV[at] end
end
local cancels, readers = requests(ARGV[3])
return {cancels, readers, open}
`),

  list: script(`
local found = {}
for _, run in ipairs(open_of_thread(ARGV[3], 'thread', 'position', 'status', 'instance', 'snapshot')) do
  found[#found + 1] = {run.id, run[1], run[2], run[3], run[4], run[5]}
end
return found
`),

  find: script(`return call('HMGET', key('run', ARGV[3]), 'thread', 'position', 'status')`),

  cancel: script(`
local open, marked, told = {}, {}, {}
for at = 5, #ARGV do
  local id = ARGV[at]
  local row = call('HMGET', key('run', id), 'status', 'instance', 'cancelled', 'cancelled_by')
  if row[1] and row[1] ~= 'ended' then
    open[#open + 1] = id
    if not row[3] then
      ask_to_end(id, row[2], ARGV[3])
      call('HSET', key('run', id), 'cancelled_by', ARGV[4])
    end
    -- A client may send a call again.
    if not row[3] or row[4] == ARGV[4] then marked[#marked + 1] = id end
    if not told[row[2]] then signal('look', row[2]) end
    told[row[2]] = true
  end
end
return {open, marked}
`),

  openOf: script(`
local open = {}
for _, id in ipairs(call('ZRANGE', key('owner', ARGV[3]), 0, -1)) do
  if is_open(id) then open[#open + 1] = id end
end
return open
`),

  forgetOwner: script(`
for _, id in ipairs(call('ZRANGE', key('owner', ARGV[3]), 0, -1)) do
  if not is_open(id) then forget(id) end
end
return 1
`),

  leave: script(`
local instance = ARGV[3]
for _, reader in ipairs(call('SMEMBERS', key('own', instance))) do drop_reader(reader) end
for _, id in ipairs(call('ZRANGE', key('kept', instance), 0, -1)) do
  local row = call('HMGET', key('run', id), 'instance', 'status')
  if row[1] == instance and row[2] == 'ended' then forget(id) end
end
call('DEL', key('own', instance), key('kept', instance), key('asked', instance))
return 1
`),

  openReader: script(`
local id, run, instance, ttl_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[7])
local holder = call('HGET', key('run', run), 'instance')
if not holder then return 0 end
if call('EXISTS', key('reader', id)) == 1 then return 1 end
call('HSET', key('reader', id), 'run', run, 'instance', instance, 'after', ARGV[6], 'sent', 0, 'given', 0, 'removed', 0)
call('PEXPIRE', key('reader', id), digits(ttl_ms))
for _, set in ipairs({key('readers', run), key('asked', holder), key('own', instance)}) do
  call('SADD', set, id)
  keep(set, ttl_ms)
end
signal('look', holder)
return 1
`),

  // Batches are removed once the next call says that they have arrived, because a reply can be lost.
  collect: script(`
local ttl_ms = tonumber(ARGV[3])
local mail = {}
for at = 4, #ARGV, 2 do
  local id, arrived = ARGV[at], tonumber(ARGV[at + 1])
  local row = call('HMGET', key('reader', id), 'run', 'instance', 'sent', 'removed')
  local holder = row[1] and call('HGET', key('run', row[1]), 'instance')
  if holder then
    local removed = tonumber(row[4])
    if arrived > removed then
      call('LTRIM', key('mail', id), digits(arrived - removed), -1)
      call('HSET', key('reader', id), 'removed', digits(arrived))
    end
    call('HSET', key('reader', id), 'given', row[3])
    call('PEXPIRE', key('reader', id), digits(ttl_ms))
    call('PEXPIRE', key('mail', id), digits(ttl_ms))
    for _, set in ipairs({key('readers', row[1]), key('asked', holder), key('own', row[2])}) do keep(set, ttl_ms) end
    mail[#mail + 1] = {id, row[3], call('LRANGE', key('mail', id), 0, -1)}
  else drop_reader(id) end
end
return mail
`),

  // A delivery that a client sends again is added once.
  deliver: script(`
local delivery = ARGV[3]
local sent, told = {}, {}
for at = 4, #ARGV, 2 do
  local id, batch = ARGV[at], ARGV[at + 1]
  local row = call('HMGET', key('reader', id), 'run', 'instance', 'sent', 'given', 'delivery')
  if row[1] and call('EXISTS', key('run', row[1])) == 1 then
    local count = tonumber(row[3])
    if batch ~= '' and row[5] ~= delivery then
      count = count + 1
      call('RPUSH', key('mail', id), batch)
      call('PEXPIRE', key('mail', id), call('PTTL', key('reader', id)))
      call('HSET', key('reader', id), 'sent', digits(count), 'delivery', delivery)
    end
    sent[#sent + 1] = {id, count - tonumber(row[4])}
    if not told[row[2]] then signal('mail', row[2]) end
    told[row[2]] = true
  end
end
return sent
`),

  closeReaders: script(`
for at = 3, #ARGV do drop_reader(ARGV[at]) end
return 1
`),
};

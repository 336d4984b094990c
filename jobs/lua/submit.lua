-- Accept a job, or say why not. Answers {word, shown job or '', worker to tick or ''}.
-- Its bytes may come with it: KEYS[2] is their hash, ARGV[2] how long that lives at least, and then
-- names and bytes by turns. They are written first, so that a full server has written nothing.
local key = arg.key ~= '' and key_of_request(arg.user, arg.key) or nil

local function again(id, word)
  if redis.call('EXISTS', job_key(id)) == 1 then return { word, show(id), '' } end
  return { 'expired', '', '' }
end

if key then
  local kept = redis.call('HMGET', key, 'fingerprint', 'job')
  if kept[1] and kept[1] ~= arg.fingerprint then return { 'mismatch', '', '' } end
  if kept[2] then return again(kept[2], 'existing') end
end
local owner = redis.call('HMGET', job_key(arg.id), 'user', 'fingerprint')
local dropped = redis.call('GET', call_key(STORED.tombstone, arg.id))
if owner[1] or dropped then
  if (owner[1] or dropped) ~= arg.user then return { 'taken', '', '' } end
  if owner[1] and owner[2] ~= arg.fingerprint then return { 'mismatch', '', '' } end
  return again(arg.id, 'existing')
end

-- A newer job of the same slot takes the place of the queued older one, at the older one's turn.
local replaced = arg.slot ~= '' and redis.call('HGET', call_key('slots', arg.user), arg.slot)
local old = replaced and read_job(replaced) or nil
local gone = old and 1 or 0

local queued = redis.call('SCARD', call_key('queued', arg.user)) - gone
local running = redis.call('SCARD', call_key('running', arg.user))
local depth = -gone
for _, model in ipairs(redis.call('SMEMBERS', root .. 'models')) do
  depth = depth + redis.call('ZCARD', call_key('order', model))
end

-- Whether these sets of jobs, without the replaced one, and the new one ask for more than `most`
-- pixels (0 = any number).
local function too_many(most, sets)
  local pixels = pixels_of(arg.size, arg.count)
  for _, set in ipairs(most > 0 and sets or {}) do
    for _, id in ipairs(redis.call('SMEMBERS', set)) do
      local job = redis.call('HMGET', job_key(id), 'size', 'count')
      pixels = pixels + (job[1] and id ~= replaced and pixels_of(job[1], job[2]) or 0)
    end
  end
  return most > 0 and pixels > most
end

local gone_here = old and old.address == arg.address and 1 or 0
local from_address = redis.call('SCARD', call_key('address', arg.address)) - gone_here
if queued >= arg.max_queued then return { 'quota:queued', '', '' } end
if queued + running >= arg.max_live then return { 'quota:live', '', '' } end
if arg.address ~= '' and from_address >= arg.max_address then return { 'quota:address', '', '' } end
local mine = { call_key('queued', arg.user), call_key('running', arg.user) }
if too_many(arg.max_user_pixels, mine) then
  return { 'quota:pixels', '', '' }
end
if arg.address ~= '' and too_many(arg.max_address_pixels, { call_key('address', arg.address) }) then
  return { 'quota:address-pixels', '', '' }
end
if depth >= arg.max_depth then return { 'full', '', '' } end

if KEYS[2] then
  redis.call('HSET', KEYS[2], unpack(ARGV, 3))
  if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
end
local turn
if old then
  old.keep_turn = old.model == arg.model
  move(replaced, 'cancelled', replaced_by(arg.id), old)
  if old.keep_turn then turn = tonumber(old.turn) end
end
turn = turn or new_turn(arg.model, arg.user)
local number = redis.call('INCR', root .. 'submitted')
redis.call('SADD', root .. 'models', arg.model)
redis.call('HSET', job_key(arg.id), 'v', arg.v, 'user', arg.user, 'model', arg.model,
  'status', 'queued', 'version', 1, 'attempt', 0, 'size', arg.size, 'count', arg.count,
  'seed', arg.seed, 'params', arg.params, 'fingerprint', arg.fingerprint, 'slot', arg.slot,
  STORED.batch_key, arg.batch_key, 'webhook', arg.webhook, 'address', arg.address, 'created', whole(now),
  'number', number, STORED.idempotency, arg.key)
redis.call('ZADD', call_key('jobs', arg.user), number, arg.id)
if arg.slot ~= '' then redis.call('HSET', call_key('slots', arg.user), arg.slot, arg.id) end
if key then
  redis.call('HSET', key, 'fingerprint', arg.fingerprint, 'job', arg.id)
  redis.call('PEXPIRE', key, arg.key_ms)
end
local job = read_job(arg.id)
job.turn = turn
enter_status(arg.id, job, 'queued')
announce(arg.id, arg.user, 'queued', 1)
count(arg.model, 'submitted')
count(arg.model, 'items_submitted', arg.count)
return { 'created', show(arg.id), wake(arg.model) }

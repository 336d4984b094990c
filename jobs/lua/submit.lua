-- Accept a job, or say why not. Answers {word, shown job or '', worker to tick or ''}.
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
local from_address = redis.call('SCARD', call_key('address', arg.address)) - gone
if queued >= arg.max_queued then return { 'quota:queued', '', '' } end
if queued + running >= arg.max_live then return { 'quota:live', '', '' } end
if arg.address ~= '' and from_address >= arg.max_address then return { 'quota:address', '', '' } end
if depth >= arg.max_depth then return { 'full', '', '' } end

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

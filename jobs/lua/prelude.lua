-- Shared by the scripts that move jobs, after base.lua: the fair order, and the one function for it.
-- jobs/lua/scripts.py puts three tables in front: MOVES, and FIELDS, those of a job that are read to
-- move it, with STORED_FIELDS, their names in the server.

local EVENTS_KEPT = 256
local EVENTS_TTL = 3600 * 1000
-- A turn (the score in the fair order) is round * SPAN + arrival; below 2^53 it is exact.
local SPAN = 4194304
-- Pixels of one round: a job of more takes several, so that users share pixels and not jobs.
local ROUND_PIXELS = 65536

local function key_of_request(user, key) return call_key(STORED.idempotency, user .. ':' .. key) end
local function lane_key(lane, model, user)
  return root .. (STORED[lane] or lane) .. ':' .. model .. ':' .. user
end

local function count(model, what, by)
  redis.call('HINCRBY', root .. 'stats', what .. '|' .. model, by or 1)
end

-- A user's place in the fair order -----------------------------------------------------------
-- Inside a model each user has two lanes: live, his jobs with a slot, and normal, those without.

local function lane_of(slot) return slot ~= '' and 'live' or 'normal' end

local function lane(name, model, user)
  local flat = redis.call('ZRANGE', lane_key(name, model, user), 0, -1, 'WITHSCORES')
  local ids, turns = {}, {}
  for i = 1, #flat, 2 do
    ids[#ids + 1] = flat[i]
    turns[#turns + 1] = tonumber(flat[i + 1])
  end
  return ids, turns
end

local function set_turn(id, name, model, user, turn)
  local score = whole(turn)
  redis.call('ZADD', call_key('order', model), score, id)
  redis.call('ZADD', lane_key(name, model, user), score, id)
  redis.call('HSET', job_key(id), 'turn', score)
end

-- Which lane the user was served from last: true = live, false = normal or unknown.
local function served(model, user)
  local score = tonumber(redis.call('ZSCORE', call_key('served', model), user))
  if not score then return nil, false end
  return math.floor(score / 2), score % 2 == 1
end

-- Share the user's turns out again: his lanes alternate, first come first served inside each.
-- Costs the number of his queued jobs, which his quota bounds; other users' turns stay.
local function reorder(model, user, turns)
  local live, _ = lane('live', model, user)
  local normal, _ = lane('normal', model, user)
  table.sort(turns)
  local _, was_live = served(model, user)
  local l, n, next_is_live = 1, 1, not was_live
  for i = 1, #live + #normal do
    if (next_is_live and l <= #live) or n > #normal then
      set_turn(live[l], 'live', model, user, turns[i])
      l = l + 1
    else
      set_turn(normal[n], 'normal', model, user, turns[i])
      n = n + 1
    end
    next_is_live = not next_is_live
  end
end

local function all_turns(model, user)
  local _, turns = lane('live', model, user)
  local _, more = lane('normal', model, user)
  for _, turn in ipairs(more) do turns[#turns + 1] = turn end
  return turns
end

local function pixels_of(size, count)
  local height, width = string.match(size, '(%d+)x(%d+)')
  return height * width * count
end

local function rounds_of(size, count)
  return math.max(1, math.ceil(pixels_of(size, count) / ROUND_PIXELS))
end

-- The first round after those of the last job in a lane, or 0.
local function round_after(name, model, user)
  local top = redis.call('ZRANGE', lane_key(name, model, user), -1, -1, 'WITHSCORES')
  if not top[1] then return 0 end
  local last = redis.call('HMGET', job_key(top[1]), 'size', 'count')
  return math.floor(tonumber(top[2]) / SPAN) + rounds_of(last[1], last[2])
end

-- The round after the user's last ones, or the present round for someone who had no turn in it.
local function new_turn(model, user)
  local round = tonumber(redis.call('HGET', root .. 'round', model) or 0)
  local had = served(model, user)
  if had then round = math.max(round, had + 1) end
  round = math.max(round, round_after('live', model, user), round_after('normal', model, user))
  return round * SPAN + redis.call('INCR', root .. 'arrivals') % SPAN
end

local function enqueue(id, model, user, slot, turn)
  local mine, other = lane_of(slot), lane_of(slot) == 'live' and 'normal' or 'live'
  set_turn(id, mine, model, user, turn)
  if redis.call('EXISTS', lane_key(other, model, user)) == 1 then
    reorder(model, user, all_turns(model, user))
  end
end

-- Take a job out of the queue; with `close`, the user's later jobs move up to the freed turn.
local function dequeue(id, model, user, slot, close)
  local name = lane_of(slot)
  local turns = close and all_turns(model, user)
  redis.call('ZREM', call_key('order', model), id)
  redis.call('ZREM', lane_key(name, model, user), id)
  redis.call('ZREM', call_key('waiting', model), id)
  if close then reorder(model, user, turns) end
end

-- Waking idle workers ------------------------------------------------------------------------

local function models_of(worker)
  local models = {}
  local listed = redis.call('HGET', call_key('worker', worker), 'models') or ''
  for model in string.gmatch(listed, '[^,]+') do models[#models + 1] = model end
  return models
end

local function not_idle(worker, models)
  for _, model in ipairs(models or models_of(worker)) do
    redis.call('ZREM', call_key('idle', model), worker)
  end
end

-- Take the fastest idle worker of a model out of the idle set; its name is the tick to send.
local function wake(model)
  local popped = redis.call('ZPOPMIN', call_key('idle', model))
  if #popped == 0 then return '' end
  not_idle(popped[1])
  redis.call('HSET', root .. STORED.ticked, popped[1], whole(now))
  return popped[1]
end

-- Moves --------------------------------------------------------------------------------------

local function announce(id, user, status, version)
  local stream = call_key('events', user)
  redis.call('XADD', stream, 'MAXLEN', '~', EVENTS_KEPT, '*',
    'job', id, 'status', status, 'version', version)
  redis.call('PEXPIRE', stream, EVENTS_TTL)
  -- An ACL of before may not allow it; then long polls end with their time.
  redis.pcall('PUBLISH', root .. 'moves', id)
end

local function post(id, url, status, version, user)
  local delivery = id .. '.' .. version
  redis.call('HSET', call_key('delivery', delivery), 'job', id, 'url', url, 'status', status,
    'version', version, 'user', user, 'at', whole(now), 'tries', 0)
  redis.call('ZADD', root .. 'outbox', whole(now), delivery)
end

local function drop_messages(id, versions)
  for version = 1, versions do
    local delivery = id .. '.' .. version
    redis.call('DEL', call_key('delivery', delivery))
    redis.call('ZREM', root .. 'outbox', delivery)
    redis.call('ZREM', root .. 'undelivered', delivery)
  end
end

local TERMINAL = { succeeded = true, failed = true, cancelled = true, expired = true }

local function leave_status(id, job, to)
  if job.status == 'queued' then
    dequeue(id, job.model, job.user, job.slot, to ~= 'running' and not job.keep_turn)
    redis.call('SREM', call_key('queued', job.user), id)
    local slots = call_key('slots', job.user)
    if job.slot ~= '' and redis.call('HGET', slots, job.slot) == id then
      redis.call('HDEL', slots, job.slot)
    end
  elseif job.status == 'running' then
    redis.call('ZREM', root .. 'leases', id)
    redis.call('SREM', call_key('running', job.user), id)
    redis.call('HSET', job_key(id), 'fence', 0)
  end
end

local function enter_status(id, job, to)
  if to == 'queued' then
    local since = job.waits_since ~= '' and job.waits_since or job.created
    redis.call('ZADD', call_key('waiting', job.model), since, id)
    redis.call('SADD', call_key('queued', job.user), id)
    if job.address ~= '' then redis.call('SADD', call_key('address', job.address), id) end
    enqueue(id, job.model, job.user, job.slot, tonumber(job.turn))
  elseif to == 'running' then
    redis.call('SADD', call_key('running', job.user), id)
  elseif TERMINAL[to] then
    if job.address ~= '' then redis.call('SREM', call_key('address', job.address), id) end
    local expires = whole(now + arg.retention_ms)
    redis.call('ZADD', root .. 'expiry', expires, id)
    redis.call('HSET', job_key(id), 'finished', whole(now), 'expires', expires)
  end
end

local function read_job(id)
  local values = redis.call('HMGET', job_key(id), unpack(STORED_FIELDS))
  if not values[1] then return nil end
  local job = {}
  for i, name in ipairs(FIELDS) do job[name] = values[i] or '' end
  return job
end

local function failure(code, message)
  return { 'error', cjson.encode({ code = code, message = message }) }
end

local function replaced_by(id)
  return { 'error', cjson.encode({ code = 'replaced', by = id,
    message = 'A newer job of the same slot took its place.' }) }
end

-- Move a job: check the table, keep every index right, set `changes`, raise the version, tell.
-- The job as read before is returned, or nil when the table has no such move.
local function move(id, to, changes, job)
  job = job or read_job(id)
  if not job or not MOVES[job.status] or not MOVES[job.status][to] then return nil end
  leave_status(id, job, to)
  if #changes > 0 then redis.call('HSET', job_key(id), unpack(changes)) end
  redis.call('HSET', job_key(id), 'status', to)
  enter_status(id, job, to)
  local version = redis.call('HINCRBY', job_key(id), 'version', 1)
  announce(id, job.user, to, version)
  count(job.model, to)
  if TERMINAL[to] and job.webhook ~= '' then post(id, job.webhook, to, version, job.user) end
  return job
end

-- Put a claimed job back at its old turn; a live job that has a queued successor ends instead.
local function requeue(id, job, changes)
  local slots = call_key('slots', job.user)
  local successor = job.slot ~= '' and redis.call('HGET', slots, job.slot)
  if successor and successor ~= id then return move(id, 'cancelled', replaced_by(successor), job) end
  if job.slot ~= '' then redis.call('HSET', slots, job.slot, id) end
  return move(id, 'queued', changes, job)
end

-- Give a worker the next batch in fair order: the longest run of jobs from the front that share
-- size and batch key and fit the limits. Nothing is skipped, so a position is never overtaken; but
-- a record newer than arg.reads is left where it is, for a worker of a newer release.
-- With `full` only a full batch is given, and only when no other worker is idle (claim ahead); never
-- a job that fills a batch by its pixels alone, for whoever comes meanwhile would wait for two.
-- With `idle` an empty-handed worker is noted as idle in the same step, so no job slips between.
-- Answers {jobs, worker to tick or '', 1 when a tick had been sent to this worker}.
-- A claim whose answer was lost on the way is asked again with the same arg.nonce and gets the same.

local asked = redis.call('HMGET', call_key('claim', arg.worker), 'nonce', 'ids')
if asked[1] == arg.nonce then
  local again = {}
  for i, id in ipairs(cjson.decode(asked[2])) do again[i] = show(id) end
  return { again, '', 0 }
end

-- How far behind newer records a worker of an older release looks for one it can read.
local LOOKED_AT = 1000
local me = call_key('worker', arg.worker)
local was_ticked = redis.call('HDEL', root .. STORED.ticked, arg.worker)
not_idle(arg.worker, arg.models)

local held_back = redis.call('SISMEMBER', root .. 'paused', 'worker:' .. arg.worker) == 1

local function paused(model)
  return held_back or redis.call('SISMEMBER', root .. 'paused', 'model:' .. model) == 1
end

-- Of the models this worker holds, the one whose oldest job has waited longest.
local function pick_model()
  local best, oldest
  for _, model in ipairs(arg.models) do
    local head = redis.call('ZRANGE', call_key('waiting', model), 0, 0, 'WITHSCORES')
    if head[2] and not paused(model) and (not oldest or tonumber(head[2]) < oldest) then
      best, oldest = model, tonumber(head[2])
    end
  end
  return best
end

-- The front of the queue as far as this worker can read it: one job more than a batch may hold.
local function readable(model)
  local jobs, from, page = {}, 0, arg.max_items + 1
  while #jobs < page and from < LOOKED_AT do
    local ids = redis.call('ZRANGE', call_key('order', model), from, from + page - 1)
    for _, id in ipairs(ids) do
      local job = read_job(id)
      job.id = id
      if tonumber(job.v) <= arg.reads then jobs[#jobs + 1] = job end
    end
    if #ids < page then break end
    from = from + page
  end
  return jobs
end

-- The jobs of the next batch, whether a limit closed it (rather than the end of the queue), and
-- whether it is one large job.
local function next_batch(model)
  local batch, items, pixels, shared = {}, 0, 0, nil
  local most = arg.max_pixels[model]
  for _, job in ipairs(readable(model)) do
    shared = shared or job.size .. job.batch_key
    items = items + job.count
    pixels = pixels + pixels_of(job.size, job.count)
    local fits = shared == job.size .. job.batch_key and items <= arg.max_items and pixels <= most
    if not fits and #batch > 0 then return batch, true, false end
    batch[#batch + 1] = job
    if #batch == 1 and pixels >= most then return batch, true, true end
  end
  return batch, items >= arg.max_items or pixels >= most, false
end

local function start(job)
  local fence = redis.call('INCR', root .. 'fences')
  local live = lane_of(job.slot) == 'live' and 1 or 0
  local round = math.floor(tonumber(job.turn) / SPAN)
  local last = round + rounds_of(job.size, job.count) - 1
  redis.call('ZADD', call_key('served', job.model), 'GT', last * 2 + live, job.user)
  if round > tonumber(redis.call('HGET', root .. 'round', job.model) or 0) then
    redis.call('HSET', root .. 'round', job.model, round)
    redis.call('ZREMRANGEBYSCORE', call_key('served', job.model), '-inf', round * 2 - 1)
  end
  move(job.id, 'running', { 'fence', fence, 'worker', arg.worker, 'started', whole(now),
    'attempt', tonumber(job.attempt) + 1 }, job)
  redis.call('ZADD', root .. 'leases', whole(now + arg.lease_ms), job.id)
  return show(job.id)
end

local model = pick_model()
local batch, closed, large = {}, false, false
if model then batch, closed, large = next_batch(model) end
if arg.full and (large or not closed or redis.call('ZCARD', call_key('idle', model)) > 0) then batch = {} end

local given = {}
for i, job in ipairs(batch) do given[i] = start(job) end

-- What this worker holds and since when; a batch claimed ahead waits under the one being painted.
if redis.call('EXISTS', me) == 1 then
  redis.call('HSET', me, 'polled', whole(now))
  if #given > 0 or not arg.full then
    local pictures = 0
    for _, job in ipairs(batch) do pictures = pictures + job.count end
    local before = arg.full and redis.call('HGET', me, 'holds') or 0
    redis.call('HSET', me, 'claimed', whole(now), 'holding', model or '', 'holds', pictures,
      'before', before)
  end
end

local next_worker = ''
if #given > 0 then
  count(model, 'claims')
  local ids = {}
  for i, job in ipairs(batch) do ids[i] = job.id end
  redis.call('HSET', call_key('claim', arg.worker), 'nonce', arg.nonce, 'ids', cjson.encode(ids))
  redis.call('PEXPIRE', call_key('claim', arg.worker), arg.lease_ms)
  if redis.call('ZCARD', call_key('order', model)) > 0 then next_worker = wake(model) end
elseif arg.idle then
  for _, held in ipairs(arg.models) do
    if not paused(held) then redis.call('ZADD', call_key('idle', held), arg.item_s, arg.worker) end
  end
end
return { given, next_worker, was_ticked }

-- The janitor: lost leases, jobs that waited too long, dead idle workers, ticks that were lost.
-- Any worker may run it as often as it likes; a sweep too soon after another does nothing.
-- Leases only run while somebody sweeps: after a pause longer than a lease (server away, clock
-- jumped) all leases start anew, so that living workers may renew before they are given up.
-- Answers {jobs that went back, jobs that failed as poison, jobs expired unpainted, workers to tick}.
local last = tonumber(redis.call('GET', root .. 'swept') or 0)
if now >= last and now - last < arg.every_ms / 2 then return { {}, {}, {}, {} } end
redis.call('SET', root .. 'swept', whole(now))

local leases = root .. 'leases'
local longest = now + arg.lease_ms
if last == 0 or now < last or now - last > arg.lease_ms then
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    redis.call('ZADD', leases, whole(longest), id)
  end
end

local back, poison, late, ticks = {}, {}, {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', whole(now), 'LIMIT', 0, arg.limit)) do
  local job = read_job(id)
  if not job or job.status ~= 'running' then
    redis.call('ZREM', leases, id)
  elseif tonumber(job.attempt) >= arg.max_attempts then
    move(id, 'failed', failure('poison', 'The job ended its worker ' .. job.attempt .. ' times.'), job)
    redis.call('ZADD', root .. 'dead', whole(now), id)
    poison[#poison + 1] = id
    count(job.model, 'poison')
  else
    requeue(id, job, { 'worker', '' })
    back[#back + 1] = id
    count(job.model, 'leases_lost')
  end
end

for _, worker in ipairs(redis.call('HKEYS', root .. STORED.ticked)) do
  if redis.call('EXISTS', call_key('worker', worker)) == 0 then
    redis.call('HDEL', root .. STORED.ticked, worker)
  end
end

for _, model in ipairs(redis.call('SMEMBERS', root .. 'models')) do
  local stale = redis.call('ZRANGEBYSCORE', call_key('waiting', model), '-inf',
    whole(now - arg.queue_ttl_ms), 'LIMIT', 0, arg.limit)
  for _, id in ipairs(stale) do
    move(id, 'expired', failure('waited-too-long', 'No worker painted it in time.'))
    late[#late + 1] = id
  end
  for _, worker in ipairs(redis.call('ZRANGE', call_key('idle', model), 0, -1)) do
    if redis.call('EXISTS', call_key('worker', worker)) == 0 then
      redis.call('ZREM', call_key('idle', model), worker)
    end
  end
  if redis.call('ZCARD', call_key('order', model)) > 0 then
    local name = wake(model)
    if name ~= '' then ticks[#ticks + 1] = name end
  end
end
return { back, poison, late, ticks }

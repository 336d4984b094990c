-- Drop finished records: those in arg.ids, or without ids those that are due. A tombstone stays,
-- unless arg.forget. Live jobs are cancelled first. Answers the ids whose blobs may go, which stay
-- noted as orphans until they are gone.
local ids = arg.ids
if not ids then
  ids = redis.call('ZRANGEBYSCORE', root .. 'expiry', '-inf', whole(now), 'LIMIT', 0, arg.limit)
end
local dropped = {}
for _, id in ipairs(ids) do
  local job = read_job(id)
  if job then
    if not TERMINAL[job.status] then move(id, 'cancelled', failure('cancelled', 'Deleted.'), job) end
    local kept = redis.call('HMGET', job_key(id), 'share', STORED.idempotency)
    if kept[1] and kept[1] ~= '' then redis.call('DEL', call_key('share', kept[1])) end
    if arg.forget and kept[2] ~= '' then
      redis.call('DEL', key_of_request(job.user, kept[2]))
    end
    for version = 1, arg.forget and redis.call('HGET', job_key(id), 'version') or 0 do
      redis.call('DEL', call_key('delivery', id .. '.' .. version))
      redis.call('ZREM', root .. 'outbox', id .. '.' .. version)
      redis.call('ZREM', root .. 'undelivered', id .. '.' .. version)
    end
    redis.call('DEL', job_key(id))
    redis.call('SADD', root .. STORED.orphans, id)
    redis.call('ZREM', call_key('jobs', job.user), id)
    if not arg.forget then
      redis.call('SET', call_key(STORED.tombstone, id), job.user, 'PX', arg.tombstone_ms)
    end
  end
  redis.call('ZREM', root .. 'expiry', id)
  redis.call('ZREM', root .. 'dead', id)
  dropped[#dropped + 1] = id
end
return dropped

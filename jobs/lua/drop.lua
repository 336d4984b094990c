-- Drop finished records: those in arg.ids, or without ids those that are due. A tombstone stays,
-- unless arg.erase says that nothing may, or arg.forget names the user whose data is deleted: then
-- those of before go, too.
-- Live jobs are cancelled first. Answers the ids whose blobs may go, which stay noted as orphans
-- until they are gone.

-- What still names the user is noted, so that it can be deleted with the rest.
local function leave_tombstone(id, user, key, version)
  redis.call('SET', call_key(STORED.tombstone, id), user, 'PX', arg.tombstone_ms)
  local noted = call_key('dropped', user)
  redis.call('ZADD', noted, whole(now), cjson.encode({ id = id, key = key, version = version }))
  redis.call('ZREMRANGEBYSCORE', noted, '-inf', whole(now - arg.noted_ms))
  redis.call('PEXPIRE', noted, arg.noted_ms)
end

local function drop_noted(user)
  local noted = call_key('dropped', user)
  for _, left in ipairs(redis.call('ZRANGE', noted, 0, arg.limit - 1)) do
    local job = cjson.decode(left)
    redis.call('DEL', call_key(STORED.tombstone, job.id))
    if job.key ~= '' then redis.call('DEL', key_of_request(user, job.key)) end
    drop_messages(job.id, job.version)
    redis.call('ZREM', noted, left)
  end
end

local ids = arg.ids
if not ids then
  ids = redis.call('ZRANGEBYSCORE', root .. 'expiry', '-inf', whole(now), 'LIMIT', 0, arg.limit)
end
local dropped = {}
for _, id in ipairs(ids) do
  local job = read_job(id)
  if job then
    if not TERMINAL[job.status] then move(id, 'cancelled', failure('cancelled', 'Deleted.'), job) end
    local kept = redis.call('HMGET', job_key(id), 'share', STORED.idempotency, 'version')
    local share, key, version = kept[1] or '', kept[2] or '', tonumber(kept[3])
    if share ~= '' then redis.call('DEL', call_key('share', share)) end
    if arg.erase or arg.forget then
      if key ~= '' then redis.call('DEL', key_of_request(job.user, key)) end
      drop_messages(id, version)
    else
      leave_tombstone(id, job.user, key, version)
    end
    redis.call('DEL', job_key(id))
    redis.call('SADD', root .. STORED.orphans, id)
    redis.call('ZREM', call_key('jobs', job.user), id)
  end
  redis.call('ZREM', root .. 'expiry', id)
  redis.call('ZREM', root .. 'dead', id)
  dropped[#dropped + 1] = id
end
if arg.forget then drop_noted(arg.forget) end
return dropped

-- Give a succeeded job its share token (arg.token; an older one is kept), or take it back ('').
-- Answers {word, shown job or ''}: shared, private, unready or unknown.
local job = read_job(arg.id)
if not job or job.user ~= arg.user then return { 'unknown', '' } end
local old = redis.call('HGET', job_key(arg.id), 'share') or ''
if arg.token == '' then
  if old ~= '' then redis.call('DEL', call_key('share', old)) end
  redis.call('HDEL', job_key(arg.id), 'share')
  local expires = now + arg.retention_ms
  if old ~= '' and TERMINAL[job.status] then
    redis.call('HSET', job_key(arg.id), 'expires', whole(expires))
    redis.call('ZADD', root .. 'expiry', whole(expires), arg.id)
  end
  return { 'private', show(arg.id) }
end
if job.status ~= 'succeeded' then return { 'unready', '' } end
if old == '' then
  -- A life only grows: SHARE_RETENTION may be the shorter one.
  local expires = tonumber(redis.call('HGET', job_key(arg.id), 'expires') or 0)
  expires = whole(math.max(expires, now + arg.share_ms))
  redis.call('HSET', job_key(arg.id), 'share', arg.token, 'expires', expires)
  redis.call('SET', call_key('share', arg.token), arg.id)
  redis.call('ZADD', root .. 'expiry', expires, arg.id)
end
return { 'shared', show(arg.id) }

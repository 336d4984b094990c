-- Show every living worker, and forget the names of those whose record is gone.
-- Answers {the server's clock, names and records by turns}.
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', root .. 'workers')) do
  local flat = redis.call('HGETALL', call_key('worker', name))
  if redis.call('HEXISTS', call_key('worker', name), 'beat') == 1 then
    found[#found + 1] = name
    found[#found + 1] = flat
  else
    redis.call('SREM', root .. 'workers', name)
  end
end
return { now, found }

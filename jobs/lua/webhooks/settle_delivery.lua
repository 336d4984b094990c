-- Settle a try of a webhook delivery: arg.word is done, again (due in arg.wait_ms) or dead.
local key = call_key('delivery', arg.id)
if redis.call('EXISTS', key) == 0 then return 0 end
count('all', 'webhook_' .. arg.word)
if arg.word == 'again' then
  redis.call('HSET', key, 'reason', arg.reason)
  redis.call('ZADD', root .. 'outbox', whole(now + arg.wait_ms), arg.id)
  return 1
end
redis.call('ZREM', root .. 'outbox', arg.id)
if arg.word == 'done' then
  redis.call('DEL', key)
else
  redis.call('HSET', key, 'reason', arg.reason)
  redis.call('PEXPIRE', key, arg.keep_ms)
  redis.call('ZADD', root .. 'undelivered', whole(now), arg.id)
  redis.call('ZREMRANGEBYSCORE', root .. 'undelivered', '-inf', whole(now - arg.keep_ms))
end
return 1

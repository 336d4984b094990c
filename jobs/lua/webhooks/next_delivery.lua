-- Give the next webhook delivery that is due; it is due again after arg.hold_ms unless settled.
-- Answers {delivery id or '', its flat fields}.
local due = redis.call('ZRANGEBYSCORE', root .. 'outbox', '-inf', whole(now), 'LIMIT', 0, 1)[1]
if not due then return { '', {} } end
local key = call_key('delivery', due)
if redis.call('EXISTS', key) == 0 then
  redis.call('ZREM', root .. 'outbox', due)
  return { '', {} }
end
redis.call('ZADD', root .. 'outbox', whole(now + arg.hold_ms), due)
redis.call('HINCRBY', key, 'tries', 1)
return { due, redis.call('HGETALL', key) }

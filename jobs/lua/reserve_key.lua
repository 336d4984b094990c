-- Reserve an Idempotency-Key while its first request is read. Answers {word, job id or ''}:
-- new, known (job made before), in-flight, or mismatch (other request).
local key = key_of_request(arg.user, arg.key)
local kept = redis.call('HMGET', key, 'fingerprint', 'job')
if not kept[1] then
  redis.call('HSET', key, 'fingerprint', arg.fingerprint)
  redis.call('PEXPIRE', key, arg.hold_ms)
  return { 'new', '' }
end
if kept[1] ~= arg.fingerprint then return { 'mismatch', '' } end
if kept[2] then return { 'known', kept[2] } end
return { 'in-flight', '' }

-- Cancel a queued or running job; a finished one stays as it is. arg.user '' means an operator.
-- Answers {word, shown job or ''}: cancelled, finished, unknown or expired.
local job = read_job(arg.id)
if not job then
  local owner = redis.call('GET', call_key(STORED.tombstone, arg.id))
  return { owner and (arg.user == '' or owner == arg.user) and 'expired' or 'unknown', '' }
end
if arg.user ~= '' and job.user ~= arg.user then return { 'unknown', '' } end
local moved = move(arg.id, 'cancelled', failure('cancelled', arg.reason), job)
return { moved and 'cancelled' or 'finished', show(arg.id) }

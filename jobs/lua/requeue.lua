-- An operator queues a failed job again, with fresh attempts and a wait that begins anew.
-- Answers {1 or 0, worker to tick or ''}.
local job = read_job(arg.id)
if not job or job.status ~= 'failed' then return { 0, '' } end
job.turn = new_turn(job.model, job.user)
job.waits_since = whole(now)
redis.call('ZREM', root .. 'expiry', arg.id)
redis.call('ZREM', root .. 'dead', arg.id)
redis.call('HDEL', job_key(arg.id), 'error', 'finished', 'expires')
move(arg.id, 'queued', { 'attempt', 0, 'worker', '', 'waits_since', job.waits_since }, job)
return { 1, wake(job.model) }

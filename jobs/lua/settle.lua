-- End one claim: succeeded, failed, or queued again (give back, which counts no attempt unless
-- arg.counted).
-- A claim whose fence is not the job's present one is refused: its worker was too late.
-- Answers {1 or 0, status, worker to tick or ''}.
-- Asked again after its answer was lost, a settled success is a success (field settled_fence).
local job = read_job(arg.id)
if not job then return { 0, '', '' } end
if job.status == 'succeeded' and redis.call('HGET', job_key(arg.id), STORED.settled_fence) == tostring(arg.fence) then
  return { 1, job.status, '' }
end
if job.status ~= 'running' or job.fence ~= tostring(arg.fence) then
  count(job.model, 'refused')
  return { 0, job.status, '' }
end
local tick = ''
if arg.to == 'succeeded' then
  move(arg.id, 'succeeded',
    { 'images', arg.images, 'looks', arg.looks, 'style', arg.style, STORED.settled_fence, arg.fence }, job)
  count(job.model, 'pictures', job.count)
elseif arg.to == 'failed' then
  move(arg.id, 'failed', { 'error', arg.error }, job)
elseif arg.to == 'queued' then
  local attempt = tonumber(job.attempt)
  requeue(arg.id, job, { 'attempt', arg.counted and attempt or math.max(0, attempt - 1), 'worker', '' })
  count(job.model, 'given_back')
  tick = wake(job.model)
end
return { 1, redis.call('HGET', job_key(arg.id), 'status'), tick }

-- Renew the leases of arg.held, pairs {job, fence}. Answers the ids that are no longer this claim's.
local lost = {}
for _, pair in ipairs(arg.held) do
  local id, fence = pair[1], pair[2]
  local kept = redis.call('HMGET', job_key(id), 'status', 'fence')
  if kept[1] == 'running' and kept[2] == tostring(fence) then
    redis.call('ZADD', root .. 'leases', whole(now + arg.lease_ms), id)
  else
    lost[#lost + 1] = id
  end
end
return lost

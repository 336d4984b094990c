-- Show a user's jobs, newest first, older than the cursor. Answers {shown jobs, next cursor or ''}.
local top = arg.cursor ~= '' and '(' .. arg.cursor or '+inf'
local flat = redis.call('ZREVRANGEBYSCORE', call_key('jobs', arg.user), top, '-inf', 'WITHSCORES',
  'LIMIT', 0, arg.limit + 1)
local shown, cursor = {}, ''
for i = 1, math.min(#flat, arg.limit * 2), 2 do
  shown[#shown + 1] = show(flat[i])
  if #flat > arg.limit * 2 then cursor = flat[i + 1] end
end
return { shown, cursor }

-- Shared by every script: keys, the clock, and how a job is shown and a request counted.
-- KEYS[1] is the root of all ledger keys, with its hash tag, so that a cluster keeps them together.
-- ARGV[1] is a JSON object. jobs/lua/scripts.py puts a table in front of this file: STORED, the keys
-- and fields that are called otherwise in the server. Times are milliseconds of the server's clock;
-- no worker's clock ever decides anything.

local root = KEYS[1]
local arg = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function call_key(kind, name) return root .. kind .. ':' .. name end
local function job_key(id) return call_key('job', id) end
local function whole(number) return string.format('%.0f', number) end

local function show(id)
  local fields = redis.call('HGETALL', job_key(id))
  local rank = false
  local model = redis.call('HGET', job_key(id), 'model')
  if model then rank = redis.call('ZRANK', call_key('order', model), id) end
  return { id, fields, rank and rank + 1 or 0 }
end

-- A job as its owner may see it, or anybody's for user '': word and shown job or ''. The word is
-- found, expired or unknown.
local function find(id, user)
  local owner = redis.call('HGET', job_key(id), 'user')
  if owner then
    if user ~= '' and owner ~= user then return 'unknown', '' end
    return 'found', show(id)
  end
  local dropped = redis.call('GET', call_key(STORED.tombstone, id))
  if dropped and (user == '' or dropped == user) then return 'expired', '' end
  return 'unknown', ''
end

-- Count a request against rates, each in the window that its first request began, up to the first
-- that is used up: the number of that one or 0, and the milliseconds until it is free.
local function used_up(rates)
  for i, rate in ipairs(rates) do
    local key = call_key('rate', rate.key)
    local counted = redis.call('INCRBY', key, rate.cost)
    if counted == rate.cost then redis.call('EXPIRE', key, rate.window_s) end
    if counted > rate.most then return i, redis.call('PTTL', key) end
  end
  return 0, 0
end

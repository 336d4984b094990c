-- Show one job: {word, shown job or ''}; word is found, expired or unknown. arg.user '' = anyone's.
local owner = redis.call('HGET', job_key(arg.id), 'user')
if owner then
  if arg.user ~= '' and owner ~= arg.user then return { 'unknown', '' } end
  return { 'found', show(arg.id) }
end
local dropped = redis.call('GET', call_key(STORED.tombstone, arg.id))
if dropped and (arg.user == '' or dropped == arg.user) then return { 'expired', '' } end
return { 'unknown', '' }

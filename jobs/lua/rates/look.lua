-- Count a request against arg.rates, and show one job of arg.user.
-- Answers {word, shown job or '', milliseconds until the rate is free}; word is as get's, or limited.
local number, left_ms = used_up(arg.rates)
if number > 0 then return { 'limited', '', left_ms } end
local word, shown = find(arg.id, arg.user)
return { word, shown, 0 }

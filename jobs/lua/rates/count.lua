-- Count a request against arg.rates. Answers {number of the one that is used up or 0, milliseconds}.
return { used_up(arg.rates) }

-- Show one job: {word, shown job or ''}; see `find`.
return { find(arg.id, arg.user) }

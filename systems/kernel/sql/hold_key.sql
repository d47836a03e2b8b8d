-- Be the only one with this caller's key, in whatever process.
SELECT pg_advisory_lock(hashtextextended(%(key)s, 8))

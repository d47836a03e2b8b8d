-- Let the next one with this key in.
SELECT pg_advisory_unlock(hashtextextended(%(key)s, 8))

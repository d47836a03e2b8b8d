-- The end of the chain, to look at.
SELECT (value->>'count')::bigint AS count, value->>'headHash' AS head_hash
FROM kernel_settings WHERE key = 'audit.head'

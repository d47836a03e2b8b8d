-- The end of the chain, held until this transaction ends: events queue here.
SELECT (value->>'count')::bigint AS count, value->>'headHash' AS head_hash
FROM kernel_settings WHERE key = 'audit.head' FOR UPDATE

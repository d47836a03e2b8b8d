-- The chain ends with this event now.
UPDATE kernel_settings
SET value = jsonb_build_object('count', %(count)s::bigint, 'headHash', %(head_hash)s::text), updated_at = clock_timestamp()
WHERE key = 'audit.head'

-- The next page of the chain, oldest first.
SELECT seq, id, event_type, payload, prev_hash, hash, signature, signer_id, key_version, ts
FROM audit_events WHERE seq > %(after)s AND seq <= %(last)s ORDER BY seq LIMIT 500

-- One event.
SELECT id, event_type, payload, prev_hash, hash, signature, signer_id, key_version, ts FROM audit_events WHERE id = %(id)s

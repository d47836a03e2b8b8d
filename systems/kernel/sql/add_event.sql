-- The next event.
INSERT INTO audit_events (id, seq, event_type, payload, prev_hash, hash, signature, signer_id, key_version, ts)
VALUES (%(id)s, %(seq)s, %(event_type)s, %(payload)s::jsonb, %(prev_hash)s, %(hash)s, %(signature)s, %(signer_id)s,
  %(key_version)s, %(ts)s::timestamptz)

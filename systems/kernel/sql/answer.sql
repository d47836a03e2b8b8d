-- What this caller's key was answered, if that still counts.
SELECT request_hash, response_status, response_body FROM idempotency
WHERE key = %(key)s AND expires_at > clock_timestamp()

-- Keep an answer for whoever asks the same again.
INSERT INTO idempotency (key, method, path, request_hash, response_status, response_body, expires_at)
VALUES (%(key)s, %(method)s, %(path)s, %(request_hash)s, %(status)s, %(body)s::jsonb,
  clock_timestamp() + make_interval(secs => %(ttl_seconds)s))
ON CONFLICT (key) DO UPDATE SET method = EXCLUDED.method, path = EXCLUDED.path, request_hash = EXCLUDED.request_hash,
  response_status = EXCLUDED.response_status, response_body = EXCLUDED.response_body,
  created_at = clock_timestamp(), expires_at = EXCLUDED.expires_at

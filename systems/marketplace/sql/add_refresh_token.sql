-- A refresh token, by its hash.
INSERT INTO refresh_tokens ("tokenHash", "userId", "userAgent", ip, "expiresAt", "createdAt", "updatedAt")
VALUES (
  %(hash)s, %(user_id)s, %(user_agent)s, %(ip)s, timezone('UTC', now()) + make_interval(secs => %(seconds)s),
  timezone('UTC', now()), timezone('UTC', now())
)

-- Ends a refresh token.
UPDATE refresh_tokens SET "revokedAt" = timezone('UTC', now()), "updatedAt" = timezone('UTC', now())
WHERE "tokenHash" = %(hash)s AND "revokedAt" IS NULL

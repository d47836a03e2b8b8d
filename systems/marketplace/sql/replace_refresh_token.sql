-- Uses a refresh token up, if it counts.
UPDATE refresh_tokens SET
  "revokedAt" = timezone('UTC', now()), "replacedById" = %(new_hash)s, "updatedAt" = timezone('UTC', now())
WHERE "tokenHash" = %(hash)s AND "revokedAt" IS NULL AND "expiresAt" > timezone('UTC', now())
RETURNING "userId"

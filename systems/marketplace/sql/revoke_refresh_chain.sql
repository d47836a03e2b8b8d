-- Ends every token after one that was used again.
WITH RECURSIVE chain AS (
  SELECT "replacedById" FROM refresh_tokens WHERE "tokenHash" = %(hash)s AND "revokedAt" IS NOT NULL
  UNION
  SELECT t."replacedById" FROM chain JOIN refresh_tokens t ON t."tokenHash" = chain."replacedById"
)
UPDATE refresh_tokens SET "revokedAt" = timezone('UTC', now()), "updatedAt" = timezone('UTC', now())
WHERE "tokenHash" IN (SELECT "replacedById" FROM chain) AND "revokedAt" IS NULL

-- Refresh tokens, by their hashes; each names the one that replaced it.
CREATE TABLE refresh_tokens (
  "tokenHash" text PRIMARY KEY,
  "userId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "userAgent" text,
  ip text,
  "expiresAt" timestamp(3) NOT NULL,
  "revokedAt" timestamp(3),
  "replacedById" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE INDEX "refresh_tokens_userId_idx" ON refresh_tokens ("userId");

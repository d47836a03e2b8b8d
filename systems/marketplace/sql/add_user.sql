-- Somebody new, with a profile; no row where the name, the e-mail or the wallet is another's.
WITH made AS (
  INSERT INTO users (id, username, email, "walletAddress", password, "userType", "isVerified", "createdAt", "updatedAt")
  VALUES (
    %(id)s, %(username)s, %(email)s, %(wallet)s, %(password)s, %(user_type)s::"UserType", true,
    timezone('UTC', now()), timezone('UTC', now())
  )
  ON CONFLICT DO NOTHING
  RETURNING *
), profile AS (
  INSERT INTO profiles (id, "userId", skills, portfolio, "createdAt", "updatedAt")
  SELECT %(profile_id)s, id, '{}', '{}', "createdAt", "createdAt" FROM made
  RETURNING avatar, rating, "completedJobs"
)
SELECT made.*, profile.* FROM made, profile

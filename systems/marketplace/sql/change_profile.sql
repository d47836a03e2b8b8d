-- What somebody says of themselves; what is not said stays.
INSERT INTO profiles AS p (
  id, "userId", "firstName", "lastName", title, location, "companyName", avatar, bio, skills, portfolio, "hourlyRate",
  "createdAt", "updatedAt"
) VALUES (
  %(profile_id)s, %(id)s, %(firstName)s, %(lastName)s, %(title)s, %(location)s, %(companyName)s, %(avatar)s, %(bio)s,
  coalesce(%(skills)s::text[], '{}'), '{}', %(hourlyRate)s::float8, timezone('UTC', now()), timezone('UTC', now())
)
ON CONFLICT ("userId") DO UPDATE SET
  "firstName" = coalesce(%(firstName)s, p."firstName"),
  "lastName" = coalesce(%(lastName)s, p."lastName"),
  title = coalesce(%(title)s, p.title),
  location = coalesce(%(location)s, p.location),
  "companyName" = coalesce(%(companyName)s, p."companyName"),
  avatar = coalesce(%(avatar)s, p.avatar),
  bio = coalesce(%(bio)s, p.bio),
  skills = coalesce(%(skills)s::text[], p.skills),
  "hourlyRate" = coalesce(%(hourlyRate)s::float8, p."hourlyRate"),
  "updatedAt" = timezone('UTC', now())

-- An open job for a demonstration.
INSERT INTO jobs (
  id, title, description, "clientId", "budgetAmount", "budgetType", duration, skills, requirements,
  "createdAt", "updatedAt"
)
VALUES (
  %(id)s, %(title)s, %(description)s, %(client)s, %(budget)s, 'FIXED', '2 weeks', %(skills)s::text[], '{}',
  timezone('UTC', now()), timezone('UTC', now())
)
RETURNING id

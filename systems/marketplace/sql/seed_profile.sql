-- What a freelancer for a demonstration is good at.
UPDATE profiles SET title = %(title)s, skills = %(skills)s, "hourlyRate" = %(hourlyRate)s
WHERE "userId" = %(id)s
RETURNING id

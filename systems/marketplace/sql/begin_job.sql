-- Work on a job begins.
UPDATE jobs SET status = 'IN_PROGRESS', "updatedAt" = timezone('UTC', now()) WHERE id = %(id)s

-- Other terms of an application that nobody has answered.
UPDATE applications SET
  "coverLetter" = coalesce(%(coverLetter)s, "coverLetter"),
  "proposedRate" = coalesce(%(proposedRate)s::float8, "proposedRate"),
  "estimatedDuration" = coalesce(%(estimatedDuration)s, "estimatedDuration"),
  portfolio = coalesce(%(portfolio)s, portfolio),
  "updatedAt" = timezone('UTC', now())
WHERE "jobId" = %(job_id)s AND "freelancerId" = %(freelancer_id)s AND status = 'PENDING'
RETURNING *

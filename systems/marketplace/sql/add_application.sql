-- A new application; no row where there is one already.
INSERT INTO applications (
  id, "jobId", "freelancerId", "coverLetter", "proposedRate", "estimatedDuration", portfolio, "appliedAt", "updatedAt"
) VALUES (
  %(id)s, %(job_id)s, %(freelancer_id)s, %(coverLetter)s, %(proposedRate)s, %(estimatedDuration)s, %(portfolio)s,
  timezone('UTC', now()), timezone('UTC', now())
)
ON CONFLICT ("jobId", "freelancerId") DO NOTHING
RETURNING *

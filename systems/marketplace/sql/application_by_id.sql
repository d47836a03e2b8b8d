-- An application, for its applicant and for the job's client.
SELECT a.*, u.username
FROM applications a JOIN users u ON u.id = a."freelancerId" JOIN jobs j ON j.id = a."jobId"
WHERE a.id = %(id)s AND a."jobId" = %(job_id)s AND %(reader_id)s IN (a."freelancerId", j."clientId")

-- One approval.
INSERT INTO upgrade_approvals (id, upgrade_id, approver_id, signature, notes, approved_at)
VALUES (%(id)s, %(upgrade)s, %(approver_id)s, %(signature)s, %(notes)s, %(approved_at)s::timestamptz)

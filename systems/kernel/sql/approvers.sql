-- Who approved an upgrade, in their order.
SELECT approver_id FROM upgrade_approvals WHERE upgrade_id = %(id)s ORDER BY approved_at, id

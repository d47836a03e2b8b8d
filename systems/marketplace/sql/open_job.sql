-- A job that stays as it is until the transaction ends.
SELECT id, "clientId", status, "budgetAmount" FROM jobs WHERE id = %(id)s FOR SHARE

-- See one state of everything until this transaction ends.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

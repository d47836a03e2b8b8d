-- One of two first files: which of them is applied first, only their names decide.
SELECT 1;

-- The other first file.
SELECT 1;

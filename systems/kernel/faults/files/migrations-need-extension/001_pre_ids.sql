-- Ids made by an extension that few servers have.
CREATE EXTENSION "uuid-maker-of-somebodys-own";

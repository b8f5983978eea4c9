/** Makes the tables where they are missing, also when several processes start at once. */
export const TABLES = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(20260101);
  CREATE TABLE IF NOT EXISTS parts (name text PRIMARY KEY, stock integer NOT NULL CHECK (stock >= 0));
  CREATE TABLE IF NOT EXISTS orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part text NOT NULL REFERENCES parts,
    count integer NOT NULL CHECK (count > 0)
  );
END $$`;

-- Who has failed to sign in lately: one row for a name at an address, for all processes that answer requests.
CREATE TABLE sign_in_failures (
  key       text PRIMARY KEY,                            -- SHA-256 of both: nobody's name or address is kept
  count     integer NOT NULL,
  failed_at timestamptz NOT NULL,
  open_at   timestamptz NOT NULL                         -- when the next try is taken
);
CREATE INDEX sign_in_failures_age ON sign_in_failures (failed_at);

-- Files that export jobs have made, until they expire.
CREATE TABLE export_results (
  job_id     uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  object_key text NOT NULL,
  filename   text NOT NULL,                              -- what a browser saves it as
  bytes      bigint NOT NULL,
  sha256     text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX export_results_expiry ON export_results (expires_at);

-- Uploads that are not served as they came: what was sent is kept beside its conversion wherever that lacks something.
ALTER TABLE rasters ADD COLUMN original jsonb NOT NULL DEFAULT 'null'; -- key, filename, format, bytes, sha256

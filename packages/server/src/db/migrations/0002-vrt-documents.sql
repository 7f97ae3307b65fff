-- A large mosaic is stored a second time, in chunks: VRTs of windows of it, and a root that puts those side by side.
-- They stand one behind the other in one object.

ALTER TABLE vrt_generations ADD COLUMN chunks_key text; -- null: in one piece only

-- To count the ids of a list, PostgreSQL reads all of it: 1.6 MB for 100,000, with every look at a virtual raster.
ALTER TABLE vrt_generations ADD COLUMN source_count integer GENERATED ALWAYS AS (cardinality(source_ids)) STORED;

CREATE TABLE vrt_documents (
  generation_id uuid NOT NULL REFERENCES vrt_generations (id) ON DELETE CASCADE,
  number        integer NOT NULL,                        -- 0: the root, 1 to n: its chunks
  first_byte    bigint NOT NULL,                         -- in the object `chunks_key`
  bytes         bigint NOT NULL,
  source_ids    uuid[] NOT NULL,                         -- whose names stand in it: none in the root
  source_count  integer GENERATED ALWAYS AS (cardinality(source_ids)) STORED,
  PRIMARY KEY (generation_id, number)
);

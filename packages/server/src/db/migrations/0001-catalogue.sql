-- Who may do what.

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  username      text NOT NULL,
  password_hash text,                                   -- null: signs in with tokens only
  role          text NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username ON users (lower(username));

-- Bearer tokens of sign-ins and API keys alike; only their SHA-256 is kept.
CREATE TABLE tokens (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         text NOT NULL CHECK (kind IN ('session', 'api_key')),
  name         text,
  prefix       text NOT NULL,                           -- the first characters, to recognise a key by
  token_hash   text NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,                             -- to the hour
  expires_at   timestamptz
);
CREATE INDEX tokens_user ON tokens (user_id);

-- What many rasters have in common is stored once: thousands of tiles share one CRS and one layout, and a plan
-- compares two sources by comparing these ids.

CREATE TABLE crs (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key        text NOT NULL UNIQUE,                      -- SHA-256 of the definition
  definition jsonb NOT NULL                             -- geo: Crs
);

CREATE TABLE layouts (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key        text NOT NULL UNIQUE,
  definition jsonb NOT NULL                             -- geo: RasterLayoutJson
);

-- The catalogue.

CREATE TABLE datasets (
  id          uuid PRIMARY KEY,
  record_type text NOT NULL CHECK (record_type IN ('raster_dataset', 'vrt_dataset')),
  title       text NOT NULL,
  summary     text,
  visibility  text NOT NULL CHECK (visibility IN ('private', 'restricted', 'internal', 'public')),
  created_by  uuid NOT NULL REFERENCES users (id),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  job_id      uuid,                                     -- the job that made it
  bbox        double precision[] CHECK (cardinality(bbox) = 4), -- RFC 7946: west > east across the antimeridian
  extent      box,                                      -- the same for search; its east is > 180 across the antimeridian
  footprint   jsonb                                     -- GeoJSON geometry, WGS 84
);
CREATE INDEX datasets_newest ON datasets (created_at DESC, id DESC);
CREATE INDEX datasets_owner ON datasets (created_by);
CREATE INDEX datasets_job ON datasets (job_id);
CREATE INDEX datasets_extent ON datasets USING gist (extent);

-- Raster facts (geo: RasterProfile), of single rasters and of virtual ones alike. Statistics are beside the
-- layout because they differ from tile to tile.
CREATE TABLE rasters (
  dataset_id    uuid PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
  version       integer NOT NULL DEFAULT 1,             -- grows whenever the pixels behind the dataset change
  width         integer NOT NULL,
  height        integer NOT NULL,
  affine        double precision[] CHECK (cardinality(affine) = 6),
  georeference  text NOT NULL CHECK (georeference IN ('affine', 'gcp', 'rpc', 'none')),
  crs_id        integer REFERENCES crs (id),
  layout_id     integer NOT NULL REFERENCES layouts (id),
  statistics    jsonb NOT NULL,
  size_bytes    bigint NOT NULL,
  checksum      text,                                   -- SHA-256 of the bytes, hex; null where they stay in place
  object_key    text,                                   -- in our storage, or
  location      text,                                   -- registered in place: absolute path or URL
  source_state  jsonb,                                  -- size, modification time, ETag when it was read
  sidecars      text[] NOT NULL DEFAULT '{}',           -- suffixes that were found beside it
  slow_reasons  text[] NOT NULL DEFAULT '{}',           -- what makes it slow to serve
  quicklook_key text,
  quicklook     jsonb,                                  -- bands shown and how they were stretched
  CHECK (object_key IS NULL OR location IS NULL)
);

CREATE INDEX rasters_location ON rasters (location) WHERE location IS NOT NULL;

-- Each build of a virtual raster. The ordered list of sources is one immutable value of the generation it was
-- built from, so what is served and what is listed cannot disagree.
CREATE TABLE vrt_generations (
  id              uuid PRIMARY KEY,
  dataset_id      uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  number          integer NOT NULL,
  source_ids      uuid[] NOT NULL,                      -- bottom to top, or band 1 to n
  source_versions integer[] NOT NULL,                   -- the rasters.version each was planned from
  object_key      text NOT NULL,
  triggered_by    uuid NOT NULL REFERENCES users (id),
  started_at      timestamptz NOT NULL,
  completed_at    timestamptz NOT NULL,
  UNIQUE (dataset_id, number)
);
CREATE INDEX vrt_generations_sources ON vrt_generations USING gin (source_ids);

CREATE TABLE vrts (
  dataset_id          uuid PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
  vrt_type            text NOT NULL CHECK (vrt_type IN ('mosaic', 'band_stack')),
  resolution_strategy text NOT NULL CHECK (resolution_strategy IN ('finest', 'coarsest', 'average')),
  generation_id       uuid NOT NULL UNIQUE REFERENCES vrt_generations (id) DEFERRABLE INITIALLY DEFERRED
);

-- Objects of deleted datasets. Written in the transaction that deletes, emptied after it: files go strictly after the
-- rows that named them, and a crash in between loses nothing.
CREATE TABLE doomed_objects (
  key text PRIMARY KEY
);

-- Jobs. pg-boss only delivers; this row is the truth that the API shows and that workers fence against.
CREATE TABLE jobs (
  id               uuid PRIMARY KEY,
  kind             text NOT NULL,
  input            jsonb NOT NULL,
  source_ids       uuid[],                              -- rasters that must not be deleted meanwhile
  status           text NOT NULL CHECK (status IN ('pending', 'running', 'complete', 'failed', 'cancelled')),
  owner            uuid NOT NULL REFERENCES users (id),
  dataset_id       uuid,
  source_filename  text,
  progress         real NOT NULL DEFAULT 0,
  current_step     text,
  warnings         jsonb NOT NULL DEFAULT '[]',
  error_code       text,
  error_message    text,
  attempt          integer NOT NULL DEFAULT 0,          -- the fence: only the newest attempt may write
  last_attempt     integer NOT NULL DEFAULT 5,          -- beyond it a job whose workers keep dying is given up
  queued           boolean NOT NULL DEFAULT false,      -- handed to the queue; a pending upload is not yet
  lease_expires_at timestamptz,                         -- of the running attempt
  request_id       text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  started_at       timestamptz,
  completed_at     timestamptz
);
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_owner ON jobs (owner, created_at DESC);
CREATE INDEX jobs_open ON jobs (status, lease_expires_at) WHERE status IN ('pending', 'running');
CREATE INDEX jobs_dataset ON jobs (dataset_id);

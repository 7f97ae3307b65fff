-- A raster that is replaced keeps its id. What it was is a version of its own for as long as a build that is kept was made
-- of it: pixels are read from the version that was built of, so that they agree with the VRT that says where they lie.

ALTER TABLE rasters
  ADD COLUMN job_id uuid,                                -- the job that made this version
  ADD COLUMN since  timestamptz NOT NULL DEFAULT now();  -- when it did
UPDATE rasters SET job_id = datasets.job_id, since = datasets.created_at FROM datasets WHERE datasets.id = dataset_id;
CREATE INDEX rasters_job ON rasters (job_id);

CREATE TABLE raster_versions (
  dataset_id    uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  version       integer NOT NULL,
  width         integer NOT NULL,
  height        integer NOT NULL,
  affine        double precision[],
  georeference  text NOT NULL,
  crs_id        integer REFERENCES crs (id),
  layout_id     integer NOT NULL REFERENCES layouts (id),
  statistics    jsonb NOT NULL,
  size_bytes    bigint NOT NULL,
  checksum      text,
  object_key    text,                                    -- ours, and kept; or
  location      text,                                    -- registered in place, where something else lies now
  source_state  jsonb,
  sidecars      text[] NOT NULL,
  slow_reasons  text[] NOT NULL,
  datetime      timestamptz,
  original      jsonb NOT NULL,
  quicklook_key text,
  quicklook     jsonb,
  job_id        uuid,
  since         timestamptz NOT NULL,
  replaced_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (dataset_id, version)
);
CREATE INDEX raster_versions_replaced ON raster_versions (replaced_at);
CREATE INDEX raster_versions_job ON raster_versions (job_id);

-- How the file behind each raster was when it was last looked at, and when to look again. Beside `rasters`, because what
-- is known of a raster's pixels changes with any write of its row.
CREATE TABLE raster_health (
  dataset_id uuid PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
  state      text NOT NULL DEFAULT 'healthy' CHECK (state IN ('healthy', 'missing', 'inaccessible', 'changed')),
  checked_at timestamptz,                                -- null: not looked at since it was read
  failures   integer NOT NULL DEFAULT 0,                 -- in a row; the more, the rarer it is looked at
  due_at     timestamptz NOT NULL                        -- spread over a day
);
CREATE INDEX raster_health_due ON raster_health (due_at);

CREATE FUNCTION watch_raster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO raster_health (dataset_id, due_at)
    SELECT id, now() + random() * interval '24 hours' FROM datasets
      WHERE id = NEW.dataset_id AND record_type = 'raster_dataset'
  ON CONFLICT (dataset_id) DO UPDATE SET state = 'healthy', checked_at = now(), failures = 0, due_at = excluded.due_at;
  RETURN NULL;
END
$$;
CREATE TRIGGER rasters_watched AFTER INSERT OR UPDATE OF version ON rasters
  FOR EACH ROW EXECUTE FUNCTION watch_raster();
INSERT INTO raster_health (dataset_id, due_at)
  SELECT id, now() + random() * interval '24 hours' FROM datasets WHERE record_type = 'raster_dataset';

-- How many sources of a virtual raster are how: counted once after anything of it has changed, not with every look.
CREATE TABLE vrt_health (
  dataset_id   uuid PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
  is_due       boolean NOT NULL DEFAULT true,            -- to be counted (again)
  mark         bigint NOT NULL DEFAULT 0,                -- grows with every reason to, so that none is missed meanwhile
  healthy      integer NOT NULL DEFAULT 0,
  stale        integer NOT NULL DEFAULT 0,
  missing      integer NOT NULL DEFAULT 0,
  inaccessible integer NOT NULL DEFAULT 0
);
CREATE INDEX vrt_health_due ON vrt_health (dataset_id) WHERE is_due;
INSERT INTO vrt_health (dataset_id) SELECT dataset_id FROM vrts;

ALTER TABLE vrts
  ADD COLUMN auto_regenerate   boolean NOT NULL DEFAULT false, -- build it anew once a source was replaced
  ADD COLUMN regenerate_since  timestamptz,                    -- the first replacement that no build has picked up
  ADD COLUMN regenerate_due_at timestamptz;                    -- some time after the last one, so that many make one build
CREATE INDEX vrts_regenerate_due ON vrts (regenerate_due_at) WHERE regenerate_due_at IS NOT NULL;

-- What has changed of rasters and virtual rasters and is not yet known to `vrt_health`. Only ever added to by those who
-- change something, who therefore never wait for each other, and need not know what is made of what.
CREATE TABLE catalogue_changes (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id  uuid NOT NULL,
  is_replaced boolean NOT NULL                           -- other pixels; else other rights, or the file behind it
);

CREATE FUNCTION note_vrt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO vrt_health (dataset_id) VALUES (NEW.dataset_id) ON CONFLICT DO NOTHING;
  INSERT INTO catalogue_changes (dataset_id, is_replaced) VALUES (NEW.dataset_id, false);
  RETURN NULL;
END
$$;
CREATE TRIGGER vrts_built AFTER INSERT OR UPDATE OF generation_id ON vrts
  FOR EACH ROW EXECUTE FUNCTION note_vrt();

CREATE FUNCTION note_replacement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue_changes (dataset_id, is_replaced) VALUES (NEW.dataset_id, true);
  RETURN NULL;
END
$$;
CREATE TRIGGER rasters_replaced_in_vrts AFTER UPDATE OF version ON rasters
  FOR EACH ROW EXECUTE FUNCTION note_replacement();

-- Whichever way a raster is replaced, that it was is written down.
CREATE FUNCTION record_replacement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (action, actor_id, actor_name, request_id, dataset_id, subject_name, details)
    SELECT 'dataset.replace', u.id, u.username, j.request_id, d.id, d.title,
      jsonb_build_object('version', jsonb_build_array(OLD.version, NEW.version), 'job_id', NEW.job_id)
    FROM datasets d LEFT JOIN jobs j ON j.id = NEW.job_id LEFT JOIN users u ON u.id = j.owner
    WHERE d.id = NEW.dataset_id AND d.record_type = 'raster_dataset';
  RETURN NULL;
END
$$;
CREATE TRIGGER raster_recorded AFTER UPDATE OF version ON rasters
  FOR EACH ROW EXECUTE FUNCTION record_replacement();

CREATE FUNCTION note_found_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue_changes (dataset_id, is_replaced) VALUES (NEW.dataset_id, false);
  RETURN NULL;
END
$$;
CREATE TRIGGER rasters_found_otherwise AFTER UPDATE OF state ON raster_health
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_found_state();

CREATE FUNCTION note_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue_changes (dataset_id, is_replaced) VALUES (NEW.id, false);
  RETURN NULL;
END
$$;
CREATE TRIGGER datasets_shown_otherwise AFTER UPDATE OF visibility, created_by ON datasets
  FOR EACH ROW
  WHEN (OLD.visibility IS DISTINCT FROM NEW.visibility OR OLD.created_by IS DISTINCT FROM NEW.created_by)
  EXECUTE FUNCTION note_audience();

CREATE FUNCTION note_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue_changes (dataset_id, is_replaced)
    VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.dataset_id ELSE NEW.dataset_id END, false);
  RETURN NULL;
END
$$;
CREATE TRIGGER grants_noted AFTER INSERT OR DELETE ON dataset_grants
  FOR EACH ROW EXECUTE FUNCTION note_grant();

-- Administrators see everything, so who becomes one, or is one no longer, sees other sources of their own.
CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue_changes (dataset_id, is_replaced)
    SELECT id, false FROM datasets WHERE created_by = NEW.id AND record_type = 'vrt_dataset';
  RETURN NULL;
END
$$;
CREATE TRIGGER users_see_otherwise AFTER UPDATE OF role ON users
  FOR EACH ROW WHEN ((OLD.role = 'admin') <> (NEW.role = 'admin')) EXECUTE FUNCTION note_role();

-- What is done once in a while by whichever process comes first.
CREATE TABLE chores (
  name   text PRIMARY KEY,
  due_at timestamptz NOT NULL
);

-- Whether anything still names an object is asked of every object there is.
CREATE INDEX rasters_object ON rasters USING hash (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX rasters_quicklook ON rasters USING hash (quicklook_key) WHERE quicklook_key IS NOT NULL;
CREATE INDEX raster_versions_object ON raster_versions USING hash (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX raster_versions_quicklook ON raster_versions USING hash (quicklook_key) WHERE quicklook_key IS NOT NULL;
CREATE INDEX vrt_generations_object ON vrt_generations USING hash (object_key);

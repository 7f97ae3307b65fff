-- Who may sign in, and with what.

ALTER TABLE users ADD COLUMN disabled_at timestamptz;    -- may not sign in, and no token of theirs holds

ALTER TABLE tokens ADD COLUMN scope text NOT NULL DEFAULT 'write' CHECK (scope IN ('read', 'write'));

-- Links that sign a browser in. They work once: using one deletes it.
CREATE TABLE sign_in_codes (
  code_hash  text PRIMARY KEY,                           -- SHA-256, as of tokens
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

-- Who asked for a build is told as long as they are a user.
ALTER TABLE vrt_generations
  ALTER COLUMN triggered_by DROP NOT NULL,
  DROP CONSTRAINT vrt_generations_triggered_by_fkey,
  ADD FOREIGN KEY (triggered_by) REFERENCES users (id) ON DELETE SET NULL;

-- Who may see what.

-- People named one by one. What is private is so for them too.
CREATE TABLE dataset_grants (
  dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  level      text NOT NULL CHECK (level IN ('view', 'edit')),
  granted_by uuid REFERENCES users (id) ON DELETE SET NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (dataset_id, user_id)
);
CREATE INDEX dataset_grants_user ON dataset_grants (user_id);

-- Links that open one dataset to whoever holds them. What they carry is signed; only that they exist is kept.
CREATE TABLE shares (
  id         uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  created_by uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- in whose name it opens
  name       text,
  downloads  boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX shares_dataset ON shares (dataset_id, created_at DESC);
CREATE INDEX shares_creator ON shares (created_by);

-- That the owner of a virtual raster shares these sources' pixels through it: each is then seen with its owner's eyes.
CREATE TABLE vrt_confirmations (
  dataset_id   uuid PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
  confirmed_by uuid REFERENCES users (id) ON DELETE SET NULL,
  confirmed_at timestamptz NOT NULL DEFAULT now(),
  source_ids   uuid[] NOT NULL                           -- those that its owner could see then
);

-- Who sees all sources of a virtual raster, counted: it has up to 100,000, and every list asks. Kept by the triggers
-- below, in the transaction that changes any of it. A virtual raster of public sources has no rows.

CREATE TABLE vrt_hidden_sources (
  dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  confirmed  boolean NOT NULL,
  named      integer NOT NULL,                           -- sources that are private or restricted
  internal   integer NOT NULL,
  PRIMARY KEY (dataset_id, confirmed)
);

CREATE TABLE vrt_source_readers (
  dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  confirmed  boolean NOT NULL,
  user_id    uuid NOT NULL,
  named      integer NOT NULL,                           -- of those sources, the ones that this user sees
  PRIMARY KEY (dataset_id, confirmed, user_id)
);

-- One at a time, whoever publishes sources and whoever changes who sees them: neither would count what the other has
-- not committed yet. Each statement of a function sees what was committed before it.
CREATE FUNCTION lock_source_counts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM member_epoch FOR NO KEY UPDATE;
END
$$;

-- Adds what these sources contribute to the counts of one virtual raster; step -1 takes it away.
CREATE FUNCTION count_sources(vrt uuid, ids uuid[], step integer) RETURNS void LANGUAGE sql AS $$
  WITH sources AS NOT MATERIALIZED (
    SELECT s.id, c.id IS NOT NULL AS confirmed
    FROM unnest(ids) AS s (id)
      LEFT JOIN (SELECT unnest(source_ids) AS id FROM vrt_confirmations WHERE dataset_id = vrt) c ON c.id = s.id
  ), owned AS MATERIALIZED (                              -- all sources are looked at once, here
    SELECT s.confirmed, d.visibility, d.created_by, count(*) AS n
    FROM sources s JOIN datasets d ON d.id = s.id
    WHERE d.visibility <> 'public'
    GROUP BY 1, 2, 3
  ), granted AS (                                         -- and those that were granted to somebody
    SELECT s.confirmed, a.user_id, count(*) AS n
    FROM dataset_grants a
      JOIN datasets d ON d.id = a.dataset_id AND d.visibility = 'restricted' AND d.created_by <> a.user_id
      JOIN sources s ON s.id = a.dataset_id
    WHERE EXISTS (SELECT 1 FROM owned WHERE owned.visibility = 'restricted')
    GROUP BY 1, 2
  ), hidden AS (
    INSERT INTO vrt_hidden_sources AS h (dataset_id, confirmed, named, internal)
      SELECT vrt, confirmed,
        step * coalesce(sum(n) FILTER (WHERE visibility <> 'internal'), 0),
        step * coalesce(sum(n) FILTER (WHERE visibility = 'internal'), 0)
      FROM owned GROUP BY confirmed
      ON CONFLICT (dataset_id, confirmed) DO UPDATE
        SET named = h.named + excluded.named, internal = h.internal + excluded.internal
  )
  INSERT INTO vrt_source_readers AS r (dataset_id, confirmed, user_id, named)
    SELECT vrt, confirmed, user_id, step * sum(n)
    FROM (
      SELECT confirmed, created_by AS user_id, n FROM owned WHERE visibility <> 'internal'
      UNION ALL
      SELECT confirmed, user_id, n FROM granted
    ) readers
    GROUP BY confirmed, user_id
    ON CONFLICT (dataset_id, confirmed, user_id) DO UPDATE SET named = r.named + excluded.named
$$;

-- Counts all sources of one virtual raster anew.
CREATE FUNCTION recount_sources(vrt uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_source_counts();
  DELETE FROM vrt_hidden_sources WHERE dataset_id = vrt;
  DELETE FROM vrt_source_readers WHERE dataset_id = vrt;
  PERFORM count_sources(vrt, g.source_ids, 1)
    FROM vrts v
      JOIN datasets own ON own.id = v.dataset_id         -- none while it is being deleted
      JOIN vrt_generations g ON g.id = v.generation_id
    WHERE v.dataset_id = vrt;
END
$$;

-- Adds what one source contributes to the counts of every virtual raster it is in; step -1 takes it away.
CREATE FUNCTION count_source(source uuid, source_visibility text, step integer, readers uuid[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_source_counts();
  INSERT INTO vrt_hidden_sources AS h (dataset_id, confirmed, named, internal)
    SELECT v.dataset_id, coalesce(c.source_ids @> ARRAY[source], false),
      CASE source_visibility WHEN 'internal' THEN 0 ELSE step END,
      CASE source_visibility WHEN 'internal' THEN step ELSE 0 END
    FROM vrt_generations g
      JOIN vrts v ON v.generation_id = g.id
      LEFT JOIN vrt_confirmations c ON c.dataset_id = v.dataset_id
    WHERE g.source_ids @> ARRAY[source] AND source_visibility <> 'public'
    ON CONFLICT (dataset_id, confirmed) DO UPDATE
      SET named = h.named + excluded.named, internal = h.internal + excluded.internal;
  PERFORM count_readers(source, step, readers);
END
$$;

CREATE FUNCTION count_readers(source uuid, step integer, readers uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(readers) = 0 THEN RETURN; END IF;
  PERFORM lock_source_counts();
  INSERT INTO vrt_source_readers AS r (dataset_id, confirmed, user_id, named)
    SELECT v.dataset_id, coalesce(c.source_ids @> ARRAY[source], false), u.id, step
    FROM vrt_generations g
      JOIN vrts v ON v.generation_id = g.id
      LEFT JOIN vrt_confirmations c ON c.dataset_id = v.dataset_id
      CROSS JOIN unnest(readers) AS u (id)
    WHERE g.source_ids @> ARRAY[source]
    ON CONFLICT (dataset_id, confirmed, user_id) DO UPDATE SET named = r.named + excluded.named;
END
$$;

-- Who sees a dataset by name: its owner, and those it is granted to while it is restricted.
CREATE FUNCTION named_readers(dataset uuid, owner uuid, dataset_visibility text) RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN dataset_visibility IN ('public', 'internal') THEN '{}'::uuid[]
    ELSE ARRAY(
      SELECT owner
      UNION
      SELECT user_id FROM dataset_grants WHERE dataset_visibility = 'restricted' AND dataset_id = dataset
    )
  END
$$;

CREATE FUNCTION recount_changed_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_source_counts();
  PERFORM count_source(OLD.id, OLD.visibility, -1, named_readers(OLD.id, OLD.created_by, OLD.visibility));
  PERFORM count_source(NEW.id, NEW.visibility, 1, named_readers(NEW.id, NEW.created_by, NEW.visibility));
  RETURN NULL;
END
$$;

CREATE TRIGGER source_seen_by_others AFTER UPDATE OF visibility, created_by ON datasets
  FOR EACH ROW WHEN (
    NEW.record_type = 'raster_dataset'
    AND (OLD.visibility, OLD.created_by) IS DISTINCT FROM (NEW.visibility, NEW.created_by)
  ) EXECUTE FUNCTION recount_changed_source();

CREATE FUNCTION recount_granted_source() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  subject dataset_grants := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  step integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  PERFORM lock_source_counts();
  PERFORM count_readers(subject.dataset_id, step, ARRAY[subject.user_id])
    FROM datasets d
    WHERE d.id = subject.dataset_id AND d.visibility = 'restricted' AND d.created_by <> subject.user_id;
  UPDATE member_epoch SET epoch = epoch + 1;
  RETURN NULL;
END
$$;

CREATE TRIGGER source_granted AFTER INSERT OR DELETE ON dataset_grants
  FOR EACH ROW EXECUTE FUNCTION recount_granted_source();

CREATE FUNCTION recount_changed_vrt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM recount_sources(CASE TG_OP WHEN 'DELETE' THEN OLD.dataset_id ELSE NEW.dataset_id END);
  RETURN NULL;
END
$$;

CREATE TRIGGER vrt_shows_some AFTER INSERT ON vrts
  FOR EACH ROW EXECUTE FUNCTION recount_changed_vrt();
CREATE TRIGGER vrt_confirmed AFTER INSERT OR UPDATE OR DELETE ON vrt_confirmations
  FOR EACH ROW EXECUTE FUNCTION recount_changed_vrt();

-- One source more of 100,000 costs what one source costs.
CREATE FUNCTION recount_difference() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_ids uuid[];
  new_ids uuid[];
  added   uuid[];
  removed uuid[];
BEGIN
  PERFORM lock_source_counts();
  SELECT source_ids INTO old_ids FROM vrt_generations WHERE id = OLD.generation_id;
  SELECT source_ids INTO new_ids FROM vrt_generations WHERE id = NEW.generation_id;
  IF old_ids IS NULL OR new_ids IS NULL THEN
    PERFORM recount_sources(NEW.dataset_id);
  ELSIF new_ids[1:cardinality(old_ids)] = old_ids THEN
    PERFORM count_sources(NEW.dataset_id, new_ids[cardinality(old_ids) + 1:], 1);
  ELSE
    removed := ARRAY(SELECT unnest(old_ids) EXCEPT SELECT unnest(new_ids));
    added := ARRAY(SELECT unnest(new_ids) EXCEPT SELECT unnest(old_ids));
    PERFORM count_sources(NEW.dataset_id, removed, -1);
    PERFORM count_sources(NEW.dataset_id, added, 1);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER vrt_shows_others AFTER UPDATE OF generation_id ON vrts
  FOR EACH ROW WHEN (OLD.generation_id <> NEW.generation_id) EXECUTE FUNCTION recount_difference();

-- A virtual raster may name its build before that is written.
CREATE FUNCTION recount_new_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM recount_sources(v.dataset_id) FROM vrts v WHERE v.generation_id = NEW.id;
  RETURN NULL;
END
$$;

CREATE TRIGGER vrt_generation_written AFTER INSERT OR UPDATE OF source_ids ON vrt_generations
  FOR EACH ROW EXECUTE FUNCTION recount_new_generation();

SELECT recount_sources(dataset_id) FROM vrts;

-- What was changed, by whom. It outlives what it tells of, so it refers to nothing; and nothing of it is changed.
CREATE TABLE audit_log (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  action       text NOT NULL,
  actor_id     uuid,                                     -- null: nobody signed in, or the server itself
  actor_name   text,
  token_id     uuid,                                     -- what they came with
  request_id   text,
  dataset_id   uuid,
  subject_id   uuid,                                     -- the user, token or share that it is about
  subject_name text,                                     -- how that, or the dataset, was called then
  details      jsonb NOT NULL
);
CREATE INDEX audit_log_dataset ON audit_log (dataset_id, id DESC) WHERE dataset_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_id, id DESC);
CREATE INDEX audit_log_action ON audit_log (action, id DESC);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only ever added to';
END
$$;

CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Whichever way a dataset comes into being, that it did is written down.
CREATE FUNCTION record_new_dataset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (action, actor_id, actor_name, request_id, dataset_id, subject_name, details)
    SELECT 'dataset.create', u.id, u.username, j.request_id, NEW.id, NEW.title,
      jsonb_build_object('record_type', NEW.record_type, 'visibility', NEW.visibility, 'job_id', NEW.job_id)
    FROM users u LEFT JOIN jobs j ON j.id = NEW.job_id
    WHERE u.id = NEW.created_by;
  RETURN NULL;
END
$$;

CREATE TRIGGER dataset_recorded AFTER INSERT ON datasets
  FOR EACH ROW EXECUTE FUNCTION record_new_dataset();

-- A virtual raster lives: it is built again, of other sources, and an earlier build can be shown again.

-- What the catalogue says of a build's pixels, so that it can say it again. Until now each virtual raster had one build.
ALTER TABLE vrt_generations
  ADD COLUMN change              text NOT NULL DEFAULT 'created'
    CHECK (change IN ('created', 'sources_added', 'sources_removed', 'sources_set', 'regenerated')),
  ADD COLUMN job_id              uuid,                    -- null: built by an older version
  ADD COLUMN resolution_strategy text CHECK (resolution_strategy IN ('finest', 'coarsest', 'average')),
  ADD COLUMN width               integer,
  ADD COLUMN height              integer,
  ADD COLUMN affine              double precision[],
  ADD COLUMN crs_id              integer REFERENCES crs (id),
  ADD COLUMN layout_id           integer REFERENCES layouts (id),
  ADD COLUMN size_bytes          bigint,
  ADD COLUMN checksum            text,
  ADD COLUMN bbox                double precision[],
  ADD COLUMN footprint           jsonb;
UPDATE vrt_generations g
  SET resolution_strategy = v.resolution_strategy, width = r.width, height = r.height, affine = r.affine, crs_id = r.crs_id,
    layout_id = r.layout_id, size_bytes = r.size_bytes, checksum = r.checksum, bbox = d.bbox, footprint = d.footprint
  FROM vrts v, rasters r, datasets d
  WHERE v.dataset_id = g.dataset_id AND r.dataset_id = g.dataset_id AND d.id = g.dataset_id;
ALTER TABLE vrt_generations
  ALTER COLUMN change DROP DEFAULT,
  ALTER COLUMN resolution_strategy SET NOT NULL,
  ALTER COLUMN width SET NOT NULL,
  ALTER COLUMN height SET NOT NULL,
  ALTER COLUMN layout_id SET NOT NULL,
  ALTER COLUMN size_bytes SET NOT NULL;

ALTER TABLE vrts ADD COLUMN shown_since timestamptz NOT NULL DEFAULT now(); -- when it came to show `generation_id`

-- At most one build of a virtual raster waits or runs, whoever asks, in whichever process.
CREATE UNIQUE INDEX jobs_one_change ON jobs (dataset_id)
  WHERE kind = 'vrt_change' AND status IN ('pending', 'running');

-- A virtual raster is no source of others: that it was built anew says nothing of any member.
CREATE FUNCTION grow_member_epoch_with_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM datasets WHERE id = NEW.dataset_id AND record_type = 'raster_dataset') THEN
    UPDATE member_epoch SET epoch = epoch + 1;
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER rasters_replaced ON rasters;
CREATE TRIGGER rasters_replaced AFTER UPDATE OF version, object_key, location, source_state ON rasters
  FOR EACH ROW EXECUTE FUNCTION grow_member_epoch_with_source();

-- What the pixels of virtual rasters are read by.

ALTER TABLE vrt_generations ADD COLUMN mosaic_key text; -- the compiled mosaic (mosaic: compileMosaic); null: none was made

-- Whether somebody may have a virtual raster's pixels, and which files they come from, depends on all of its members: up to
-- 100,000 rows. What was found is kept until this number grows, which it does in the transaction that changes any of it.
CREATE TABLE member_epoch (
  is_it boolean PRIMARY KEY DEFAULT true CHECK (is_it), -- one row
  epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO member_epoch DEFAULT VALUES;

CREATE FUNCTION grow_member_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE member_epoch SET epoch = epoch + 1;
  RETURN NULL;
END
$$;

CREATE TRIGGER datasets_seen_by_others AFTER UPDATE OF visibility, created_by ON datasets
  FOR EACH STATEMENT EXECUTE FUNCTION grow_member_epoch();
CREATE TRIGGER rasters_replaced AFTER UPDATE OF version, object_key, location, source_state ON rasters
  FOR EACH STATEMENT EXECUTE FUNCTION grow_member_epoch();

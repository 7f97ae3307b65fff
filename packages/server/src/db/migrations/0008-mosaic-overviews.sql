-- Reduced-resolution levels of a whole virtual raster, rendered after it was published: what they are, and the objects that
-- hold them. They belong to one build.

ALTER TABLE vrt_generations ADD COLUMN overviews jsonb NOT NULL DEFAULT 'null'; -- server: StoredOverviews; null: none

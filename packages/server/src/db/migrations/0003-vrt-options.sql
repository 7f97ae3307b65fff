-- What a virtual raster is built with, so that it can be built again; and what its sources can be ordered by.

ALTER TABLE datasets
  ADD COLUMN datetime    timestamptz,                   -- when its pixels were taken, as somebody stated it
  ADD COLUMN cloud_cover double precision CHECK (cloud_cover BETWEEN 0 AND 100); -- percent

ALTER TABLE rasters
  ADD COLUMN datetime timestamptz;                      -- the same as the file says it, where nobody has stated it

ALTER TABLE vrt_generations
  ADD COLUMN options       jsonb NOT NULL DEFAULT '{}', -- contract: VrtOptions
  ADD COLUMN paint_order   integer[],                   -- places in source_ids, bottom to top; null: as they stand there
  ADD COLUMN requires_gdal text;                        -- the least GDAL that reads it as it is meant; null: any from 3.6

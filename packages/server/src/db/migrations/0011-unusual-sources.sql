-- Sources of virtual rasters are mostly as they were when those were built. The others are found without looking at all.
CREATE INDEX rasters_replaced ON rasters (dataset_id) WHERE version > 1;
CREATE INDEX raster_health_unusual ON raster_health (dataset_id) WHERE state <> 'healthy';

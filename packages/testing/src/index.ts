export { Dice } from './dice.ts';
export * from './gdal.ts';
export { assertGolden } from './golden.ts';
export { type GeoTiffSpec, makeGeoTiff } from './make-geotiff.ts';
export { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
export { type RangeFault, type RangeRequest, type RangeServer, startRangeServer } from './range-server.ts';
export { type FailingSequence, shrink } from './shrink.ts';

/** An object of one of the kinds that are written by jobs, by its key. */
export interface JobObject {
  readonly key: string;
  /** The job that wrote it; its key is no other job's, and no other attempt's. */
  readonly jobId: string;
  /** The key by which a row names it: of the several objects of one build, that of the VRT. */
  readonly namedBy: string;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PATTERNS: readonly RegExp[] = [
  new RegExp(`^rasters/(${UUID})/(?:data|(?:cog|export)-\\d+)\\.tif$`),
  new RegExp(`^exports/(${UUID})/\\d+\\.tif$`),
  new RegExp(`^quicklooks/(${UUID})/(?:\\d+|${UUID})\\.png$`),
  new RegExp(`^overviews/(${UUID})/\\d+/\\d+\\.tif$`),
  new RegExp(`^vrts/(${UUID})/\\d+\\.(?:vrt|chunks|mosaic)$`),
];

/** What a key says; null for names that are not known to be written by jobs, which are nobody's to remove. */
export function parseObjectKey(key: string): JobObject | null {
  for (const pattern of PATTERNS) {
    const jobId = pattern.exec(key)?.[1];
    if (jobId !== undefined) return { key, jobId, namedBy: key.replace(/\.(?:chunks|mosaic)$/, '.vrt') };
  }
  return null;
}

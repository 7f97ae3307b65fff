import type { VrtChange, VrtOptions } from '@inlay/contract';
import type { BandStatistics, Crs, FootprintGeometry, RasterLayoutJson } from '@inlay/geo';
import type { ColumnType, Generated } from 'kysely';
import type { StoredOverviews } from '../overviews/stored-overviews.ts';
import type { UploadFormat } from '../conversion/formats.ts';

// Row types of db/migrations. `jsonb` columns are written as JSON text and read back parsed.

type Json<T> = ColumnType<T, string, string>;
type CreatedAt = ColumnType<Date, never, never>;

export type Role = 'viewer' | 'editor' | 'admin';
export type Visibility = 'private' | 'restricted' | 'internal' | 'public';
export type RecordType = 'raster_dataset' | 'vrt_dataset';
export type VrtType = 'mosaic' | 'band_stack';
export type ResolutionStrategy = 'finest' | 'coarsest' | 'average';
export type JobStatus = 'pending' | 'running' | 'complete' | 'failed' | 'cancelled';

export type TokenScope = 'read' | 'write';
export type GrantLevel = 'view' | 'edit';

export interface UsersTable {
  id: string;
  username: string;
  password_hash: string | null;
  role: Role;
  created_at: CreatedAt;
  disabled_at: Date | null;
}

export interface TokensTable {
  id: string;
  user_id: string;
  kind: 'session' | 'api_key';
  scope: Generated<TokenScope>;
  name: string | null;
  prefix: string;
  token_hash: string;
  created_at: CreatedAt;
  last_used_at: Date | null;
  expires_at: Date | null;
}

export interface SignInCodesTable {
  code_hash: string;
  user_id: string;
  expires_at: Date;
}

export interface SignInFailuresTable {
  key: string;
  count: number;
  failed_at: Date;
  open_at: Date;
}

export interface DatasetGrantsTable {
  dataset_id: string;
  user_id: string;
  level: GrantLevel;
  granted_by: string | null;
  granted_at: CreatedAt;
}

export interface SharesTable {
  id: string;
  dataset_id: string;
  created_by: string;
  name: string | null;
  downloads: boolean;
  created_at: CreatedAt;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface VrtConfirmationsTable {
  dataset_id: string;
  confirmed_by: string | null;
  confirmed_at: Generated<Date>;
  source_ids: string[];
}

/** Kept by triggers; rows of zeros count as none. */
export interface VrtHiddenSourcesTable {
  dataset_id: string;
  confirmed: boolean;
  /** Sources that are private or restricted. */
  named: number;
  internal: number;
}

/** Kept by triggers. */
export interface VrtSourceReadersTable {
  dataset_id: string;
  confirmed: boolean;
  user_id: string;
  /** Of the sources that are private or restricted, how many this user sees. */
  named: number;
}

export interface AuditLogTable {
  id: ColumnType<number, never, never>;
  at: CreatedAt;
  action: string;
  actor_id: string | null;
  actor_name: string | null;
  token_id: string | null;
  request_id: string | null;
  dataset_id: string | null;
  subject_id: string | null;
  subject_name: string | null;
  details: Json<Readonly<Record<string, unknown>>>;
}

export interface CrsTable {
  id: Generated<number>;
  key: string;
  definition: Json<Crs>;
}

export interface LayoutsTable {
  id: Generated<number>;
  key: string;
  definition: Json<RasterLayoutJson>;
}

export interface DatasetsTable {
  id: string;
  record_type: RecordType;
  title: string;
  summary: string | null;
  visibility: Visibility;
  created_by: string;
  created_at: CreatedAt;
  updated_at: Generated<Date>;
  job_id: string | null;
  bbox: number[] | null;
  extent: string | null;
  footprint: Json<FootprintGeometry | null>;
  /** Stated by somebody; null: what the raster's file says counts. */
  datetime: ColumnType<Date | null, string | null, string | null>;
  /** Percent. */
  cloud_cover: number | null;
}

/** What a file was when it was read: whatever of these its place can tell. */
export interface SourceState {
  bytes: number | null;
  modifiedAt: string | null;
  etag: string | null;
}

/** How a quicklook's bytes came out of the values: byte = 255 * (value - lo) / (hi - lo), per shown band. */
export interface QuicklookFacts {
  width: number;
  height: number;
  /** One for gray, three for colour; 0 to 255 for palettes and plain bytes. */
  stretch: { lo: number; hi: number }[];
}

/** What is kept of a band's valid pixels. */
export interface StoredStatistics extends BandStatistics {
  /** Ascending; absent where only the file's own statistics are known. */
  readonly percentiles?: readonly { readonly rank: number; readonly value: number }[];
  /** Equal intervals, one edge more than there are counts; absent likewise. */
  readonly histogram?: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

/** The file that was uploaded, where a conversion of it is served in its place. */
export interface OriginalFile {
  key: string;
  filename: string;
  format: UploadFormat;
  bytes: number;
  sha256: string;
}

export interface RastersTable {
  dataset_id: string;
  version: Generated<number>;
  width: number;
  height: number;
  affine: number[] | null;
  georeference: 'affine' | 'gcp' | 'rpc' | 'none';
  crs_id: number | null;
  layout_id: number;
  statistics: Json<(StoredStatistics | null)[]>;
  size_bytes: number;
  checksum: string | null;
  object_key: string | null;
  location: string | null;
  source_state: Json<Record<string, SourceState> | null>;
  sidecars: Generated<string[]>;
  slow_reasons: Generated<string[]>;
  datetime: ColumnType<Date | null, string | null, string | null>;
  original: Json<OriginalFile | null>;
  quicklook_key: string | null;
  quicklook: Json<QuicklookFacts | null>;
  job_id: string | null;
  since: Generated<Date>;
}

export interface RasterVersionsTable extends Omit<RastersTable, 'version' | 'sidecars' | 'slow_reasons' | 'since'> {
  version: number;
  sidecars: string[];
  slow_reasons: string[];
  since: Date;
  replaced_at: Generated<Date>;
}

/** How the file behind a raster was found: `changed` is no longer what the catalogue read. */
export type FileState = 'healthy' | 'missing' | 'inaccessible' | 'changed';

export interface RasterHealthTable {
  dataset_id: string;
  state: Generated<FileState>;
  checked_at: Date | null;
  failures: Generated<number>;
  due_at: Date;
}

export interface VrtHealthTable {
  dataset_id: string;
  is_due: Generated<boolean>;
  mark: Generated<number>;
  healthy: Generated<number>;
  stale: Generated<number>;
  missing: Generated<number>;
  inaccessible: Generated<number>;
}

export interface CatalogueChangesTable {
  id: Generated<number>;
  dataset_id: string;
  is_replaced: boolean;
}

export interface ChoresTable {
  name: string;
  due_at: Date;
}

export interface VrtGenerationsTable {
  id: string;
  dataset_id: string;
  number: number;
  source_ids: string[];
  source_versions: number[];
  object_key: string;
  chunks_key: string | null;
  mosaic_key: string | null;
  source_count: ColumnType<number, never, never>;
  /** Null where the user is no more. */
  triggered_by: string | null;
  started_at: Date;
  completed_at: Date;
  options: Json<VrtOptions>;
  paint_order: number[] | null;
  requires_gdal: string | null;
  change: VrtChange;
  /** Null for builds of older versions. */
  job_id: string | null;
  resolution_strategy: ResolutionStrategy;
  width: number;
  height: number;
  affine: number[] | null;
  crs_id: number | null;
  layout_id: number;
  size_bytes: number;
  checksum: string | null;
  bbox: number[] | null;
  footprint: Json<FootprintGeometry | null>;
  overviews: ColumnType<StoredOverviews | null, string | undefined, string>;
}

export interface VrtDocumentsTable {
  generation_id: string;
  number: number;
  first_byte: number;
  bytes: number;
  source_ids: string[];
  source_count: ColumnType<number, never, never>;
}

export interface VrtsTable {
  dataset_id: string;
  vrt_type: VrtType;
  resolution_strategy: ResolutionStrategy;
  generation_id: string;
  /** When it came to show that generation. */
  shown_since: Generated<Date>;
  auto_regenerate: Generated<boolean>;
  regenerate_since: Date | null;
  regenerate_due_at: Date | null;
}

export interface JobsTable {
  id: string;
  kind: string;
  input: Json<unknown>;
  source_ids: string[] | null;
  status: JobStatus;
  owner: string;
  dataset_id: string | null;
  source_filename: string | null;
  progress: Generated<number>;
  current_step: string | null;
  warnings: ColumnType<string[], string | undefined, string>;
  error_code: string | null;
  error_message: string | null;
  attempt: Generated<number>;
  last_attempt: Generated<number>;
  queued: Generated<boolean>;
  lease_expires_at: Date | null;
  request_id: string | null;
  created_at: CreatedAt;
  updated_at: Generated<Date>;
  started_at: Date | null;
  completed_at: Date | null;
}

export interface ExportResultsTable {
  job_id: string;
  object_key: string;
  filename: string;
  bytes: number;
  sha256: string;
  expires_at: Date;
}

export interface DoomedObjectsTable {
  key: string;
}

export interface MemberEpochTable {
  is_it: Generated<boolean>;
  epoch: number;
}

export interface Tables {
  users: UsersTable;
  tokens: TokensTable;
  sign_in_codes: SignInCodesTable;
  sign_in_failures: SignInFailuresTable;
  dataset_grants: DatasetGrantsTable;
  shares: SharesTable;
  audit_log: AuditLogTable;
  crs: CrsTable;
  layouts: LayoutsTable;
  datasets: DatasetsTable;
  rasters: RastersTable;
  raster_versions: RasterVersionsTable;
  raster_health: RasterHealthTable;
  vrt_generations: VrtGenerationsTable;
  vrt_documents: VrtDocumentsTable;
  vrts: VrtsTable;
  vrt_confirmations: VrtConfirmationsTable;
  vrt_hidden_sources: VrtHiddenSourcesTable;
  vrt_source_readers: VrtSourceReadersTable;
  vrt_health: VrtHealthTable;
  catalogue_changes: CatalogueChangesTable;
  chores: ChoresTable;
  member_epoch: MemberEpochTable;
  doomed_objects: DoomedObjectsTable;
  jobs: JobsTable;
  export_results: ExportResultsTable;
}

import type { Crs } from '@inlay/geo';
import { crsFromWktNode } from './crs-from-wkt.ts';
import { type WktNode, children, parseWkt, without, wkt } from './wkt.ts';

/** What `scripts/make-epsg-supplement.py` writes; see there. */
export interface EpsgSupplement {
  readonly wkt: Readonly<Record<string, string>>;
  readonly proj4: Readonly<Record<string, string | null>>;
  readonly replaced: Readonly<Record<string, number>>;
  readonly datums: Readonly<Record<string, number>>;
  readonly conversions: Readonly<Record<string, number>>;
  /** Name, metres. */
  readonly lengthUnits: Readonly<Record<string, readonly [string, number]>>;
  /** Name, radians. */
  readonly angleUnits: Readonly<Record<string, readonly [string, number]>>;
  /** Name, semi-major axis in metres, inverse flattening (0 for a sphere). */
  readonly ellipsoids: Readonly<Record<string, readonly [string, number, number]>>;
  /** Names. */
  readonly verticalDatums: Readonly<Record<string, string>>;
  /** Name, degrees east of Greenwich. */
  readonly primeMeridians: Readonly<Record<string, readonly [string, number]>>;
}

interface EpsgDefinition {
  readonly node: WktNode;
  readonly proj4: string | null;
}

let supplement: Promise<EpsgSupplement> | null = null;
const definitions = new Map<number, Promise<EpsgDefinition | null>>();
const crses = new Map<number, Promise<Crs | null>>();

/** Loaded on first use: half a megabyte that a process without rasters does not need. */
export function epsgSupplement(): Promise<EpsgSupplement> {
  supplement ??= import('./epsg-supplement.json', { with: { type: 'json' } }).then(
    (module) => module.default as unknown as EpsgSupplement,
  );
  return supplement;
}

/**
 * The CRS with that EPSG code: projected, geographic or geocentric, or compound. Deprecated codes give the CRS that
 * replaces them, as in GDAL. Null for codes the registry does not know.
 */
export function crsFromEpsg(code: number): Promise<Crs | null> {
  let crs = crses.get(code);
  if (crs === undefined) {
    crs = loadCrs(code);
    crses.set(code, crs);
  }
  return crs;
}

async function loadCrs(code: number): Promise<Crs | null> {
  const current = await currentCode(code);
  const definition = await epsgDefinition(current);
  if (definition === null || definition.node.keyword === 'VERT_CS') return null;
  return crsFromWktNode(definition.node, { code: `EPSG:${current}`, proj4: definition.proj4 });
}

/** The code GDAL reads in place of a deprecated one; other codes themselves. */
export async function currentCode(code: number): Promise<number> {
  return (await epsgSupplement()).replaced[code] ?? code;
}

/** WKT and PROJ string of a code, vertical CRSs included; null for codes the registry does not know. */
export function epsgDefinition(code: number): Promise<EpsgDefinition | null> {
  let definition = definitions.get(code);
  if (definition === undefined) {
    definition = loadDefinition(code);
    definitions.set(code, definition);
  }
  return definition;
}

async function loadDefinition(code: number): Promise<EpsgDefinition | null> {
  if (!Number.isInteger(code) || code < 1024 || code > 32767) return null;
  const extra = await epsgSupplement();
  const indexed = extra.wkt[code] === undefined ? await readIndex(code) : null;
  const text = extra.wkt[code] ?? indexed?.wkt ?? null;
  const node = text === null ? null : parseWkt(text);
  if (node === null) return null;
  const proj4 = extra.proj4[code] ?? indexed?.proj4 ?? null;
  // GDAL does not export datum shifts, which the index still has from an older one; the PROJ string keeps them.
  return { node: withAxes(without(node, 'TOWGS84')), proj4: proj4?.replace(' +type=crs', '') ?? null };
}

interface IndexEntry {
  readonly wkt: string | null;
  readonly proj4: string | null;
}

async function readIndex(code: number): Promise<IndexEntry | null> {
  try {
    const module = (await import(`epsg-index/s/${code}.json`, { with: { type: 'json' } })) as { default: IndexEntry };
    return module.default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

const NORTH_FIRST: Readonly<Record<string, readonly WktNode[]>> = {
  PROJCS: [wkt('AXIS', 'Northing', wkt('NORTH')), wkt('AXIS', 'Easting', wkt('EAST'))],
  GEOGCS: [wkt('AXIS', 'Latitude', wkt('NORTH')), wkt('AXIS', 'Longitude', wkt('EAST'))],
};

/** The index leaves axes out exactly where northing or latitude comes first (checked by the supplement's script). */
function withAxes(node: WktNode): WktNode {
  if (node.keyword === 'COMPD_CS') {
    return { ...node, args: node.args.map((arg) => (typeof arg === 'object' ? withAxes(arg) : arg)) };
  }
  const axes = NORTH_FIRST[node.keyword];
  if (axes === undefined || children(node, 'AXIS').length > 0) return node;
  const authority = node.args.findIndex((arg) => typeof arg === 'object' && arg.keyword === 'AUTHORITY');
  return { ...node, args: node.args.toSpliced(authority < 0 ? node.args.length : authority, 0, ...axes) };
}

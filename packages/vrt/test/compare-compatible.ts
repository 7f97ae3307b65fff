import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type Crs, type DataType, isComplex } from '@inlay/geo';
import {
  type CompatibleOptions,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type VrtKind,
  type VrtPlan,
} from '@inlay/vrt';
import { gdalArguments } from './gdal-arguments.ts';
import { comparable, isWhole, type Oracle, pixelsOf } from './oracle.ts';
import { readVrtText } from './vrt-model.ts';

/** What is compared of two VRTs. */
interface Compared {
  /** The text after the GeoTransform; see {@link readVrtText}. */
  readonly ours: string;
  readonly theirs: string;
}

/** What decides whether a difference can occur. */
interface Facts {
  readonly skippedCount: number;
  readonly options: CompatibleOptions;
}

/** A difference from gdalbuildvrt that is meant. */
interface AllowedDifference {
  readonly reason: string;
  /** Whether it can occur in a case. */
  readonly applies: (facts: Facts) => boolean;
  /** A text without what differs. */
  readonly without: (text: string) => string;
}

const ALLOWED: readonly AllowedDifference[] = [
  {
    reason:
      'sources that are left out leave no trace: gdalbuildvrt lets them make a mask band that none of the others has',
    applies: ({ skippedCount }) => skippedCount > 0,
    without: (text) => text.replace(/^ {2}<MaskBand>[^]*<\/MaskBand>\n/m, ''),
  },
  {
    reason: 'sources that are left out leave no trace: gdalbuildvrt drops descriptions that only they do not share',
    applies: ({ skippedCount }) => skippedCount > 0,
    without: (text) => text.replace(/^ *<Metadata>[^]*?<\/Metadata>\n|^ *<Description>.*\n/gm, ''),
  },
  {
    reason:
      'SourceProperties state the type of the band that is read: gdalbuildvrt states Byte for some with -b and for alpha',
    applies: ({ options }) => options.bands !== undefined || options.addAlpha === true,
    without: (text) => text.replace(/(<SourceProperties .* DataType=)"\w+"/g, '$1'),
  },
  {
    reason: 'a band without sources is written in two tags, not in one: the same to a parser',
    applies: () => true,
    without: (text) => text.replace(/<VRTRasterBand ([^>]*)>\n *<\/VRTRasterBand>/g, '<VRTRasterBand $1 />'),
  },
];

/** How a comparison ended: with VRTs that agree, or for a reason for which there are none. */
export type Outcome = 'equal' | 'neither accepts' | 'theirs is unreadable';

/**
 * Asserts that our VRT of some files is the one that gdalbuildvrt makes of them with the same options, in text and
 * when read, or that neither of us makes one.
 */
export async function compareCompatible(
  oracle: Oracle,
  kind: VrtKind,
  files: readonly string[],
  options: CompatibleOptions,
): Promise<Outcome> {
  const sources = (await oracle.profiles(files)).map((profile, index) => ({ label: files[index] ?? '', profile }));
  const planner = kind === 'mosaic' ? planMosaic : planBandStack;
  const { plan, problems, skipped } = planner(sources, options);
  if (plan !== null && skipped.length === 0) compareModes(plan, planner(sources, withoutMode(options)).plan);
  const theirs = oracle.newPath('theirs');
  const refusal = await oracle.newest.buildvrt(theirs, files, gdalArguments(kind, options)).then(
    () => null,
    (error: Error) => error.message,
  );
  if (plan === null) {
    if (refusal === null && problems.every(({ type }) => type === 'empty_output')) {
      await assert.rejects(oracle.newest.describe(theirs), /Missing one of rasterXSize, rasterYSize or bands/);
      return 'theirs is unreadable';
    }
    assert.ok(refusal !== null, `gdalbuildvrt accepts what we do not: ${JSON.stringify(problems)}`);
    return 'neither accepts';
  }
  assert.equal(refusal, null, 'gdalbuildvrt does not accept what we do');

  // gdalbuildvrt goes on with a resolution of 0 after it has found none in common.
  if (options.resolutionStrategy === 'common' && skipped.some(({ type }) => type === 'resolution_mismatch')) {
    return 'theirs is unreadable';
  }

  const ours = await oracle.write(plan, files);
  const [our, their] = [readVrtText(await readFile(ours, 'utf8')), readVrtText(await readFile(theirs, 'utf8'))];
  assert.equal(our.size, their.size);
  assert.equal(our.geoTransform, their.geoTransform);
  // A rectangle of size 0 makes a VRT that GDAL itself does not read; ours has no such rectangle.
  if (/<DstRect .*Size="0"/.test(their.rest)) return 'theirs is unreadable';
  const skippedCount = new Set(skipped.map(({ index }) => index)).size;
  const compared = withoutAllowed({ ours: our.rest, theirs: their.rest }, { skippedCount, options });
  assert.equal(compared.ours, compared.theirs);
  assert.ok(await oracle.newest.sameCrs(ours, theirs), 'the CRSs are not the same');
  await compareReadings(oracle, plan, { ours, theirs }, skippedCount);
  return 'equal';
}

/** The grid and every rectangle are the same in both modes, wherever both make a plan of all sources. */
function compareModes(compatible: VrtPlan<Crs | null>, byDefault: VrtPlan | null): void {
  if (byDefault === null) return;
  assert.deepEqual(byDefault.grid, compatible.grid);
  assert.deepEqual(byDefault.placements, compatible.placements);
}

/** Without what one mode alone knows. */
function withoutMode({
  mode: _mode,
  skipIncompatible: _skips,
  allowCrsDifference: _allows,
  assignedCrs: _assigned,
  pixelFunction: _function,
  ...options
}: CompatibleOptions): PlanOptions {
  return options;
}

function withoutAllowed(compared: Compared, facts: Facts): Compared {
  return ALLOWED.filter(({ applies }) => applies(facts)).reduce(
    ({ ours, theirs }, { without }) => ({ ours: without(ours), theirs: without(theirs) }),
    compared,
  );
}

async function compareReadings(
  { newest, system }: Oracle,
  plan: VrtPlan<Crs | null>,
  { ours, theirs }: Compared,
  skippedCount: number,
): Promise<void> {
  if (!isReadSteadily(plan)) return;
  const read = await newest.describe(ours);
  const expected = await newest.describe(theirs);
  if (skippedCount === 0) assert.deepEqual(comparable(read), comparable(expected));
  else assert.deepEqual(read.bands.map(({ pixels }) => pixels), expected.bands.map(({ pixels }) => pixels)); // prettier-ignore

  if (system.version === newest.version || !isWhole(plan) || !isKnownToSystem(plan)) return;
  assert.deepEqual((await system.describe(ours)).bands.map(pixelsOf), read.bands.map(pixelsOf));
}

/** GDAL 3.13 reads one and the same VRT differently each time where it resamples complex or masked pixels. */
function isReadSteadily({ bands, resampling }: VrtPlan<Crs | null>): boolean {
  if (resampling === null || resampling === 'nearest') return true;
  return bands.every(({ dataType, reads }) => !isComplex(dataType) && reads.every(({ useMask }) => !useMask));
}

/** GDAL 3.7 brought Int8, 3.9 mask thresholds, 3.12 the pixel functions as written; 3.6 fills 64-bit nodata with 0. */
const NEW_TYPES: ReadonlySet<DataType> = new Set<DataType>(['Int8', 'Int64', 'UInt64']);

function isKnownToSystem({ bands, resampling }: VrtPlan<Crs | null>): boolean {
  return (
    resampling === null &&
    bands.every(
      ({ dataType, pixelFunction, reads }) =>
        pixelFunction === null &&
        !NEW_TYPES.has(dataType) &&
        reads.every(({ maskThreshold }) => maskThreshold === null),
    )
  );
}

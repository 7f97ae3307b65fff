import type { BandProfile } from '@inlay/geo';
import type { LayoutFinding } from './layout-compatibility.ts';

/** A band that was asked for and that the file has not, or has more than once. */
export interface MissingBand {
  readonly wanted: number | string;
  /** Numbers of the bands that go by the name, 1-based: two or more, or none. */
  readonly candidates: readonly number[];
}

/**
 * Metadata items that hold the name which bands of all instruments share (STAC, "Electro-Optical Extension": `blue`,
 * `nir08`, `swir16`, ...).
 */
const COMMON_NAME_KEYS: ReadonlySet<string> = new Set(['eo:common_name', 'common_name']);

/**
 * What a band can be called, from what its file says to what follows from it. The first way by which any band has the name
 * decides; there, only one may have it.
 *
 * GDAL's colour interpretations are named like common names where they mean the same (`red`, `rededge`, `nir`, `pan`, ...).
 * Names of narrower ranges (`nir08`, `swir16`) and numbers of an instrument (`B05` is red edge in Sentinel-2, near infrared
 * in harmonized Landsat) do not follow from one: taking the wrong band would pass unnoticed.
 */
const WAYS: readonly ((band: BandProfile, name: string) => boolean)[] = [
  ({ description }, name) => description === name,
  ({ description }, name) => description !== null && sameText(description, name),
  ({ metadata }, name) =>
    Object.entries(metadata).some(([key, value]) => COMMON_NAME_KEYS.has(key.toLowerCase()) && sameText(value, name)),
  ({ colorInterp }, name) => colorInterp !== 'Undefined' && sameText(colorInterp, name),
];

/**
 * Numbers of the bands that go by a name, 1-based: one where the name tells which.
 * @param bands those that can be asked for, from band 1 on
 */
export function bandsNamed(name: string, bands: readonly BandProfile[]): readonly number[] {
  for (const hasName of WAYS) {
    const found = bands.flatMap((band, bandOffset) => (hasName(band, name) ? [bandOffset + 1] : []));
    if (found.length > 0) return found;
  }
  return [];
}

function sameText(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** What is wrong with a layout whose bands do not have the names that were asked for, or several have one of them. */
export function bandNameFindings(missing: readonly MissingBand[], bands: readonly BandProfile[]): LayoutFinding[] {
  const names = missing.flatMap(({ wanted, candidates }) =>
    typeof wanted === 'string' ? [{ name: showName(wanted), candidates }] : [],
  );
  const finding = (predicate: string, expected: string, fix: string): LayoutFinding => ({
    severity: 'problem',
    type: 'band_not_found',
    field: 'bands',
    predicate,
    expected,
    actual: showBands(bands),
    fix,
  });
  const absent = names.filter(({ candidates }) => candidates.length === 0).map(({ name }) => name);
  const findings = names
    .filter(({ candidates }) => candidates.length > 0)
    .map(({ name, candidates }) =>
      finding(
        `has ${candidates.length} bands that go by ${name}: ${listed(candidates.map((number) => showBand(number, bands)))}`,
        `one band ${name}`,
        'ask for the one that is meant by its number, or by a name that it alone has',
      ),
    );
  if (absent.length === 0) return findings;
  const [noun, verb] = absent.length === 1 ? ['band', 'is'] : ['bands', 'are'];
  findings.push(
    finding(
      `has no ${noun} ${listed(absent)}: its bands are ${showBands(bands)}`,
      listed(absent),
      `say which of its bands ${verb} meant by number, name its bands (gdal_edit.py -d, or -colorinterp_N), or leave this source out`,
    ),
  );
  return findings;
}

/** Files may have thousands of bands, and descriptions of any length. */
const MOST_SHOWN = 16;
const LONGEST_NAME = 40;

function listed(texts: readonly string[]): string {
  const rest = texts.length - MOST_SHOWN;
  return `${texts.slice(0, MOST_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function showBands(bands: readonly BandProfile[]): string {
  return listed(bands.map((_, bandOffset) => (bandOffset < MOST_SHOWN ? showBand(bandOffset + 1, bands) : '')));
}

/** `3 "B04" (Red)`. */
function showBand(number: number, bands: readonly BandProfile[]): string {
  const { description = null, colorInterp = 'Undefined' } = bands[number - 1] ?? {};
  const name = description ? ` ${showName(description)}` : '';
  return `${number}${name}${colorInterp === 'Undefined' ? '' : ` (${colorInterp})`}`;
}

function showName(name: string): string {
  return `"${name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name}"`;
}

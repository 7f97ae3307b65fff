import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProblemType } from '@inlay/vrt';
import type { JobErrorCode } from '../src/error.ts';
import { STATUS } from '../src/http/problem.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

// A type that is added does not compile until it stands here, and does not pass until it is documented.
const PLANNER_TYPES: Readonly<Record<ProblemType, true>> = {
  too_few_sources: true,
  unknown_pixel_geometry: true,
  rotated_raster: true,
  south_up_raster: true,
  mirrored_raster: true,
  missing_crs: true,
  crs_mismatch: true,
  unknown_extent: true,
  band_count_mismatch: true,
  band_not_found: true,
  single_band_required: true,
  dtype_mismatch: true,
  color_interp_mismatch: true,
  palette_mismatch: true,
  scale_offset_mismatch: true,
  nodata_inconsistent: true,
  grid_misaligned: true,
  resolution_mismatch: true,
  empty_output: true,
  too_large_output: true,
  resolution_too_fine: true,
  pixel_function_unsupported: true,
  unit_mismatch: true,
  nodata_not_representable: true,
  nodata_collision: true,
  nodata_near_values: true,
  nodata_ignored: true,
  dtype_narrowed: true,
  mask_ignored: true,
  int64_precision: true,
  misaligned_pixels: true,
  source_outside_output: true,
  missing_overviews: true,
  gaps: true,
  overlaps: true,
};
const JOB_CODES: Readonly<Record<JobErrorCode, true>> = {
  rights_lost: true,
  sources_changed: true,
  vrt_changed: true,
  upload_missing: true,
  dataset_gone: true,
  unreadable_raster: true,
  nothing_registered: true,
  conversion_failed: true,
  overviews_failed: true,
  export_refused: true,
  export_unreadable: true,
};

/** Where an item of a 422 is given its type: a plain string in the schemas and checks, not a union one could import. */
const ITEM_TYPE = /(?:\btype: |\bfileItem\(|\blengthFailure\()'([a-z]+(?:_[a-z]+)+|missing)'/g;
/** Where a job is failed with a code that is not a handler's. */
const JOB_CODE = /\b(?:error_)?code: '([a-z_]+)'/g;

describe('docs/errors.md', () => {
  let sections: ReadonlyMap<string, ReadonlyMap<string, string>>;
  let itemTypes: ReadonlySet<string>;
  let jobCodes: ReadonlySet<string>;

  before(async () => {
    sections = tablesOf(await readFile(join(REPOSITORY, 'docs', 'errors.md'), 'utf8'));
    itemTypes = await matches(['packages/contract/src', 'packages/server/src'], ITEM_TYPE);
    jobCodes = await matches(['packages/server/src/jobs', 'packages/server/src/catalog'], JOB_CODE);
  });

  const documented = (...titles: string[]): string[] =>
    titles.flatMap((title) => Array.from(sections.get(title)?.keys() ?? []));

  it('lists every public error code with the status it is answered with, and no other', () => {
    const statuses = Object.entries(STATUS).map(([code, status]) => [code, String(status)]);
    assert.deepEqual(Object.fromEntries(sections.get('HTTP errors') ?? []), Object.fromEntries(statuses));
  });

  it('lists every type that an item of a 422 can have, and no other', () => {
    const titles = ['What is wrong with sources', 'What is wrong with a file', 'What is wrong with the request itself'];
    assert.deepEqual(documented(...titles).sort(), [...new Set([...itemTypes, ...Object.keys(PLANNER_TYPES)])].sort());
  });

  it('lists every code that a job can fail with, and no other', () => {
    assert.deepEqual(
      documented('Why a job failed').sort(),
      [...new Set([...jobCodes, ...Object.keys(JOB_CODES)])].sort(),
    );
  });
});

/** First column to second column of the tables whose rows begin with a code, by the heading they stand under. */
function tablesOf(markdown: string): Map<string, Map<string, string>> {
  const parts = markdown.split(/^## /m).slice(1);
  return new Map(
    parts.map((part) => {
      const rows = [...part.matchAll(/^\| `([^`]+)` \| ([^|]*?) *\|/gm)];
      return [part.slice(0, part.indexOf('\n')), new Map(rows.map(([, code = '', second = '']) => [code, second]))];
    }),
  );
}

/** What a pattern captures in the TypeScript files below some folders. */
async function matches(folders: readonly string[], pattern: RegExp): Promise<Set<string>> {
  const found = new Set<string>();
  for (const folder of folders) {
    const names = (await readdir(join(REPOSITORY, folder), { recursive: true })).filter((name) => name.endsWith('.ts'));
    assert.ok(names.length > 0, folder);
    for (const name of names) {
      const text = await readFile(join(REPOSITORY, folder, name), 'utf8');
      for (const match of text.matchAll(pattern)) found.add(match[1] ?? '');
    }
  }
  return found;
}

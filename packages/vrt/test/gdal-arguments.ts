import { type Nodata, nodataToJson } from '@inlay/geo';
import type { CompatibleOptions, NodataByBand, PlanOptions, ResolutionStrategy, VrtKind } from '@inlay/vrt';

/** gdalbuildvrt's words for our strategies. */
const RESOLUTIONS: Readonly<Record<ResolutionStrategy, string>> = {
  finest: 'highest',
  coarsest: 'lowest',
  average: 'average',
  common: 'common',
  same: 'same',
};

/** What gdalbuildvrt is to be called with for it to do what the options say. */
export function gdalArguments(kind: VrtKind, options: PlanOptions | CompatibleOptions): string[] {
  const compatible: Partial<CompatibleOptions> = 'mode' in options ? options : {};
  const { resolution, bounds, bands = [], sourceNodata, nodata, maskThreshold, resampling, pixelFunction } = options;
  const flags: readonly (readonly [isSet: boolean | undefined, flag: string])[] = [
    [kind === 'band_stack', '-separate'],
    [compatible.skipIncompatible !== true, '-strict'],
    [compatible.allowCrsDifference, '-allow_projection_difference'],
    [options.align, '-tap'],
    [options.hideNodata, '-hidenodata'],
    [options.addAlpha, '-addalpha'],
    [options.ignoreSourceMasks, '-ignore_srcmaskband'],
  ];
  return [
    ...flags.flatMap(([isSet, flag]) => (isSet === true ? [flag] : [])),
    ...(resolution === undefined
      ? ['-resolution', RESOLUTIONS[options.resolutionStrategy]]
      : ['-tr', ...(typeof resolution === 'number' ? [resolution, resolution] : resolution).map(String)]),
    ...(bounds === undefined ? [] : ['-te', ...bounds.map(String)]),
    ...bands.flatMap((band) => ['-b', `${band}`]),
    ...(sourceNodata === undefined ? [] : ['-srcnodata', nodataText(sourceNodata)]),
    ...(nodata === undefined ? [] : ['-vrtnodata', nodataText(nodata)]),
    ...(maskThreshold === undefined ? [] : ['-nodata_max_mask_threshold', `${maskThreshold}`]),
    ...(resampling === undefined ? [] : ['-r', resampling]),
    ...(pixelFunction === undefined ? [] : ['-pixel-function', pixelFunction.name]),
    ...Object.entries(pixelFunction?.arguments ?? {}).flatMap(([key, value]) => [
      '-pixel-function-arg',
      `${key}=${value}`,
    ]),
    ...(compatible.assignedCrs === undefined
      ? []
      : ['-a_srs', compatible.assignedCrs.code ?? compatible.assignedCrs.wkt]),
  ];
}

function nodataText(values: NodataByBand): string {
  return values === 'none' ? 'none' : values.map((value: Nodata) => nodataToJson(value)).join(' ');
}

import type { Client } from '@inlay/sdk';
import type { SceneSet } from './scenes.ts';

type VrtCreate = Parameters<Client['createVrt']>[0];

/** A virtual raster that the demo has the server build: of all scenes of a set, in their order. */
export interface DemoVrt extends Pick<VrtCreate, 'title' | 'vrt_type' | 'resolution_strategy'> {
  readonly set: SceneSet;
  readonly summary: string;
  /** Of the sources as well. */
  readonly visibility: 'private' | 'public';
  /** Name of the downloaded file, without `.vrt`. */
  readonly name: string;
}

export const DEMO_VRTS: readonly DemoVrt[] = [
  {
    set: 'old-world',
    title: 'The Old World',
    summary: 'Europe, Africa and Asia in two resolutions, the finer scenes on top.',
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    visibility: 'public',
    name: 'the-old-world',
  },
  {
    set: 'night',
    title: 'The Old World by night',
    summary: 'City lights, from rasters registered where they lie.',
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    visibility: 'public',
    name: 'the-old-world-by-night',
  },
  {
    set: 'topography',
    title: 'Relief',
    summary: 'One band of relative elevation, from rasters registered where they lie.',
    vrt_type: 'mosaic',
    resolution_strategy: 'coarsest',
    visibility: 'public',
    name: 'relief',
  },
  {
    set: 'bering',
    title: 'Around the Bering Sea',
    summary: 'Two scenes on either side of the antimeridian.',
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    visibility: 'private',
    name: 'bering-sea',
  },
  {
    set: 'nile',
    title: 'The Nile in five bands',
    summary: 'Red, green, blue, night lights and relief (at half the resolution) as the bands of one raster.',
    vrt_type: 'band_stack',
    resolution_strategy: 'finest',
    visibility: 'private',
    name: 'nile-in-five-bands',
  },
];

/** Scenes that are catalogued where they lie instead of being uploaded. */
export const IN_PLACE: ReadonlySet<SceneSet> = new Set<SceneSet>(['night', 'topography']);

export function visibilityOf(set: SceneSet): DemoVrt['visibility'] {
  return DEMO_VRTS.find((vrt) => vrt.set === set)?.visibility ?? 'private';
}

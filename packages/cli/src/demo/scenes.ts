import type { BBox, Window } from '@inlay/geo';
import { BLUE_MARBLE, type EarthImage, NIGHT_LIGHTS, TOPOGRAPHY } from './imagery.ts';

/** What a scene is for: which virtual raster of the demo it becomes a source of. */
export const SCENE_SETS = ['old-world', 'bering', 'night', 'topography', 'nile'] as const;

export type SceneSet = (typeof SCENE_SETS)[number];

/** One raster to cut out of an {@link EarthImage}. */
export interface Scene {
  /** File name without `.tif`, unique among the scenes. */
  readonly name: string;
  readonly title: string;
  readonly set: SceneSet;
  readonly image: EarthImage;
  /** Pixels of the image, whole numbers. */
  readonly window: Window;
  /** Image pixels per scene pixel, along each axis: 1 keeps the image's resolution. */
  readonly decimation: number;
  /** The one band to keep, 1-based; null keeps all. */
  readonly band: number | null;
}

/** Longitude and latitude of the scene's outline, degrees in EPSG:4326. */
export function sceneBBox(scene: Scene): BBox {
  const degreesPerPixel = 360 / scene.image.width;
  const { colOff, rowOff, width, height } = scene.window;
  return [
    colOff * degreesPerPixel - 180,
    90 - (rowOff + height) * degreesPerPixel,
    (colOff + width) * degreesPerPixel - 180,
    90 - rowOff * degreesPerPixel,
  ];
}

/** The scene's size in its own pixels: columns, rows. */
export function sceneSize(scene: Scene): readonly [width: number, height: number] {
  return [scene.window.width / scene.decimation, scene.window.height / scene.decimation];
}

export function scenesOf(set: SceneSet): readonly Scene[] {
  return SCENES.filter((scene) => scene.set === set);
}

function square(colOff: number, rowOff: number, size: number): Window {
  return { colOff, rowOff, width: size, height: size };
}

type Place = readonly [name: string, title: string, colOff: number, rowOff: number];

// Neighbours overlap by 64 pixels (5.6 degrees).
const OLD_WORLD: readonly Place[] = [
  ['western-europe', 'Western Europe', 1792, 208],
  ['eastern-europe', 'Eastern Europe and the Black Sea', 2176, 208],
  ['central-asia', 'The Urals and Central Asia', 2560, 208],
  ['sahara', 'The Sahara and West Africa', 1792, 592],
  ['nile-and-arabia', 'The Nile and Arabia', 2176, 592],
  ['arabian-sea', 'The Arabian Sea and India', 2560, 592],
  ['gulf-of-guinea', 'The Gulf of Guinea', 1792, 976],
  ['southern-africa', 'Southern Africa', 2176, 976],
  ['madagascar', 'Madagascar and the Indian Ocean', 2560, 976],
];

const FAR_EAST: readonly Place[] = [
  ['siberia-and-china', 'Siberia and China, half resolution', 2944, 208],
  ['indonesia-and-australia', 'Indonesia and Australia, half resolution', 2944, 816],
];

// 157.5 E to the antimeridian, and on from it to 146.25 W: no scene crosses it, the mosaic does.
const BERING: readonly Place[] = [
  ['chukotka', 'Chukotka', 3840, 160],
  ['kamchatka', 'Kamchatka', 3840, 352],
  ['alaska', 'Alaska', 0, 160],
  ['aleutians', 'The Aleutian Islands', 0, 352],
];

const NIGHT = new Set(['western-europe', 'eastern-europe', 'sahara', 'nile-and-arabia']);

// In pixels of the topography image, which has half as many as the others.
const RELIEF: readonly Place[] = [
  ['relief-west', 'Relief of Europe and Africa', 896, 104],
  ['relief-east', 'Relief of Western Asia', 1216, 104],
];

/** 22.5 E to 67.5 E, the equator to 45 N: the one extent of all bands of the stack. */
const NILE = square(2304, 512, 512);
const NILE_AT_HALF_RESOLUTION = square(1152, 256, 256);

/** All rasters of the demo. In each set, what comes later lies on top. */
export const SCENES: readonly Scene[] = [
  ...FAR_EAST.map(([name, title, colOff, rowOff]): Scene => ({
    name,
    title,
    set: 'old-world',
    image: BLUE_MARBLE,
    window: { colOff, rowOff, width: 896, height: 608 },
    decimation: 2,
    band: null,
  })),
  ...OLD_WORLD.map((place) => colourScene('old-world', BLUE_MARBLE, place, 448)),
  ...BERING.map((place) => colourScene('bering', BLUE_MARBLE, place, place[2] === 0 ? 384 : 256)),
  ...OLD_WORLD.filter(([name]) => NIGHT.has(name)).map(([name, title, colOff, rowOff]) =>
    colourScene('night', NIGHT_LIGHTS, [`${name}-by-night`, `${title} by night`, colOff, rowOff], 448),
  ),
  ...RELIEF.map(([name, title, colOff, rowOff]): Scene => {
    const window = { colOff, rowOff, width: 352, height: 608 };
    return { name, title, set: 'topography', image: TOPOGRAPHY, window, decimation: 1, band: 1 };
  }),
  nileBand('nile-red', 'Nile, red', BLUE_MARBLE, 1),
  nileBand('nile-green', 'Nile, green', BLUE_MARBLE, 2),
  nileBand('nile-blue', 'Nile, blue', BLUE_MARBLE, 3),
  nileBand('nile-lights', 'Nile, night lights', NIGHT_LIGHTS, 1),
  nileBand('nile-relief', 'Nile, relief, half resolution', TOPOGRAPHY, 1),
];

function colourScene(set: SceneSet, image: EarthImage, place: Place, size: number): Scene {
  const [name, title, colOff, rowOff] = place;
  return { name, title, set, image, window: square(colOff, rowOff, size), decimation: 1, band: null };
}

function nileBand(name: string, title: string, image: EarthImage, band: number): Scene {
  const window = image === TOPOGRAPHY ? NILE_AT_HALF_RESOLUTION : NILE;
  return { name, title, set: 'nile', image, window, decimation: 1, band };
}

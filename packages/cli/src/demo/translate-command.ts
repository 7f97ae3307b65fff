import { earthImagePath } from './imagery.ts';
import { type Scene, sceneBBox, sceneSize } from './scenes.ts';

/** A call of GDAL's raster converter, as a value: see gdal.org, "gdal_translate". */
export interface TranslateCommand {
  readonly command: 'gdal_translate';
  /** Everything but the two file names, which are given last. */
  readonly args: readonly string[];
  readonly input: string;
  readonly output: string;
}

/** The call that cuts the scene out of its image into a cloud-optimised GeoTIFF at `output`. */
export function translateCommand(scene: Scene, output: string): TranslateCommand {
  const { colOff, rowOff, width, height } = scene.window;
  const [west, south, east, north] = sceneBBox(scene);
  return {
    command: 'gdal_translate',
    args: [
      ['-srcwin', colOff, rowOff, width, height],
      ['-a_srs', 'EPSG:4326'],
      ['-a_ullr', west, north, east, south],
      scene.decimation === 1 ? [] : ['-r', 'average', '-outsize', ...sceneSize(scene)],
      // Otherwise the first band of a colour picture stays "Red" although it is alone.
      scene.band === null ? [] : ['-b', scene.band, '-colorinterp', 'gray'],
      ['-of', 'COG'],
      ['-co', 'COMPRESS=DEFLATE'],
      ['-co', 'PREDICTOR=YES'], // photographs: neighbouring pixels resemble each other
      ['-co', 'BLOCKSIZE=256'], // small enough for these scenes to have overviews
      ['-co', 'OVERVIEW_RESAMPLING=AVERAGE'],
      ['-mo', `TIFFTAG_COPYRIGHT=${scene.image.credit}`],
    ]
      .flat()
      .map(String),
    input: earthImagePath(scene.image),
    output,
  };
}

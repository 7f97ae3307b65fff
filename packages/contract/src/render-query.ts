import { type Static, Type } from 'typebox';
import { repeated } from './schema.ts';

// The parameters that decide how pixels are shown, by the names that users of rio-tiler and titiler know. What they may
// hold depends on the raster: the renderer checks it, and its items are part of the same 422.

/** Most values of one parameter, as the renderer takes them. */
const MAX_VALUES = 16;

const text = (description: string) => Type.Optional(Type.String({ maxLength: 32_768, description }));

/** Which values are shown, and which of them are none. */
export const valueQuery = {
  bidx: Type.Optional(
    repeated(
      'Bands to show, from 1: one, or three as red, green and blue. `bidx=4&bidx=3&bidx=2` or `bidx=4,3,2`. Chosen ' +
        'from the colours that the bands call themselves unless given.',
      { maxItems: MAX_VALUES },
    ),
  ),
  expression: text(
    'Band maths in place of `bidx`: `(b4-b3)/(b4+b3)`; one result, or three separated by semicolons. `where`, comparisons ' +
      'and the usual functions are known.',
  ),
  nodata: text('Takes the place of the bands’ own nodata value: a number, `nan`, `inf` or `-inf`.'),
};

/** Everything that decides how a raster is shown. All of it is chosen from the raster unless given. */
export const renderQuery = {
  ...valueQuery,
  rescale: Type.Optional(
    repeated(
      'Values that become black and white: `0,3000` for all channels, or given once for each of three; `minmax`; ' +
        'percentiles `p2,p98`; `stddev,2`. The 2nd and 98th percentile unless given; bytes of a photograph stay as they are.',
      { maxItems: MAX_VALUES },
    ),
  ),
  colormap_name: text(
    'Colour map for one channel, of matplotlib’s: `viridis`, `terrain`, ...; `_r` at the end reverses it.',
  ),
  colormap: text(
    'Colours of your own for one channel, as JSON: `{"1": "#ff0000"}` for values, `[[[0, 10], "#ff0000"]]` for intervals.',
  ),
  color_formula: text('Corrections of the finished colours: `gamma rg 1.1 saturation 1.2 sigmoidal rgb 3 0.5`.'),
  resampling: text('`nearest`, `bilinear`, `cubic`, `average` or `mode`; nearest unless given.'),
  algorithm: text('What is made of elevations: `hillshade`, `slope`, `contours`, `terrainrgb` or `terrarium`.'),
  algorithm_params: text('Its parameters as a JSON object: `{"azimuth": 315, "angle_altitude": 45}`.'),
};

export const RenderFields = Type.Object(renderQuery);
/** {@link renderQuery} as a client gives it. */
export type RenderFields = Static<typeof RenderFields>;

/** A link's right to read the pixels of one dataset until a moment: see `tileToken`. */
export const signedQuery = {
  sig: Type.Optional(
    Type.String({ maxLength: 200, description: 'Signature of a link, with `exp`: see `/api/tiles/token`.' }),
  ),
  exp: Type.Optional(
    Type.Integer({ minimum: 0, description: 'When the link ends, in seconds since 1970, as it was signed.' }),
  ),
};

/** Which version of the pixels is meant. */
export const versionQuery = {
  v: Type.Optional(
    Type.String({
      maxLength: 64,
      description:
        'Version of the pixels, from a tile URL of ours. Caches may keep what is public for an hour where it is the ' +
        'present one, and must ask each time otherwise.',
    }),
  ),
};

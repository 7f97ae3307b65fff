import { type Static, Type } from 'typebox';
import { renderQuery, signedQuery, valueQuery } from './render-query.ts';
import { answer, defaulted, nullable, repeated, request } from './schema.ts';
import { Nodata, pair, uuidOf } from './scalars.ts';

const pointQuery = {
  bidx: Type.Optional(
    repeated('Bands to read, from 1, in this order: `bidx=1,3`; all unless given.', { maxItems: 64 }),
  ),
  nodata: valueQuery.nodata,
  coord_crs: Type.Optional(
    Type.String({
      pattern: '^(EPSG:[0-9]{1,6}|OGC:CRS84)$',
      description: 'CRS of the coordinates; WGS 84 longitude and latitude unless given.',
    }),
  ),
  unscale: defaulted(
    Type.Boolean({ description: 'Apply the bands’ scale and offset; as stored unless given.' }),
    false,
  ),
};

export const PointParams = request({
  id: uuidOf('The dataset.'),
  lon: Type.Number({ description: 'Longitude, or x in `coord_crs`.' }),
  lat: Type.Number({ description: 'Latitude, or y in `coord_crs`.' }),
});

export const PointQuery = request({ ...pointQuery, ...signedQuery });

/** Points of one request. */
export const MAX_POINTS = 1000;

export const PointsBody = request(
  {
    points: Type.Array(pair('Longitude and latitude, or x and y in `coord_crs`.'), {
      minItems: 1,
      maxItems: MAX_POINTS,
      description: `At most ${MAX_POINTS} points.`,
    }),
  },
  { title: 'PointsBody' },
);

/** What the pixels at a point say. Arrays are by band, in the order asked for. */
export const PointValues = answer(
  {
    coordinates: pair('The point, as it was asked for.'),
    inside: Type.Boolean({ description: 'Whether the point lies in the dataset.' }),
    values: Type.Array(nullable(Nodata, 'A number, or text where JSON has none for it; null without data.'), {
      description: 'The pixel that the point lies in, at full resolution.',
    }),
    source: nullable(
      answer({ dataset_id: uuidOf('The raster.'), title: Type.String() }),
      'The raster that the values come from: the dataset itself, or the topmost member of a mosaic with data there. ' +
        'Null where there is none, and where the values come from several: bands of a stack, pixel functions.',
    ),
  },
  { title: 'PointValues' },
);
export type PointValues = Static<typeof PointValues>;

const bandNames = {
  band_names: Type.Array(Type.String(), { description: '`b1`, `b2`, ... in the order of the values.' }),
  band_descriptions: Type.Array(nullable(Type.String()), { description: 'What the bands call themselves.' }),
  units: Type.Array(nullable(Type.String()), { description: 'Units of the bands; null where they state none.' }),
  unscaled: Type.Boolean({ description: 'Whether scale and offset were applied.' }),
};

/** One point. */
export const Point = answer({ ...PointValues.properties, ...bandNames }, { title: 'Point' });
export type Point = Static<typeof Point>;

/** Several points, in the order asked for. */
export const Points = answer({ points: Type.Array(PointValues), ...bandNames }, { title: 'Points' });
export type Points = Static<typeof Points>;

const summaryQuery = {
  bidx: pointQuery.bidx,
  nodata: valueQuery.nodata,
  bins: defaulted(Type.Integer({ minimum: 1, maximum: 1024, description: 'Intervals of the histogram.' }), 64),
};

export const StatisticsQuery = request({
  ...summaryQuery,
  p: Type.Optional(repeated('Percentiles to tell, 0 to 100: `p=5&p=95`; 2 and 98 unless given.', { maxItems: 32 })),
  ...signedQuery,
});

export const HistogramQuery = request({ ...summaryQuery, ...signedQuery });

/** How often which values occur. */
export const Histogram = answer(
  {
    edges: Type.Array(Type.Number(), { description: 'Ascending; one more than there are counts.' }),
    counts: Type.Array(Type.Number(), { description: 'Valid pixels in each interval; fractional where estimated.' }),
  },
  { title: 'Histogram' },
);

/** What is known of a band's valid pixels. */
export const BandSummary = answer(
  {
    minimum: Type.Number(),
    maximum: Type.Number(),
    mean: Type.Number(),
    stddev: Type.Number({ description: 'Population standard deviation.' }),
    valid_percent: nullable(Type.Number(), 'Share of valid pixels, 0 to 100; null where only members’ are known.'),
    approximate: Type.Boolean({ description: 'From an overview or from some of the pixels, not from every pixel.' }),
    percentiles: Type.Array(answer({ percentile: Type.Number(), value: Type.Number() })),
    histogram: Histogram,
  },
  { title: 'BandSummary' },
);

const summarisedBand = {
  index: Type.Integer({ minimum: 1 }),
  name: nullable(Type.String(), 'The band’s description.'),
};

export const Statistics = answer(
  {
    bands: Type.Array(
      answer({ ...summarisedBand, statistics: nullable(BandSummary, 'Null where no pixel is valid.') }),
      { description: 'In the order asked for.' },
    ),
  },
  { title: 'Statistics' },
);
export type Statistics = Static<typeof Statistics>;

export const Histograms = answer(
  {
    bands: Type.Array(
      answer({
        ...summarisedBand,
        approximate: Type.Boolean({ description: 'As in the statistics.' }),
        histogram: nullable(Histogram, 'Null where no pixel is valid.'),
      }),
      { description: 'In the order asked for.' },
    ),
  },
  { title: 'Histograms' },
);
export type Histograms = Static<typeof Histograms>;

export const LegendQuery = request({ ...renderQuery, ...signedQuery });

const color = Type.String({ description: '`#rrggbb`, or `#rrggbbaa` where it is not opaque.' });

/** What the colours of a picture mean. */
export const Legend = answer(
  {
    kind: Type.Enum(['ramp', 'classes', 'rgb', 'code'], {
      description:
        '`ramp`: colours between two values. `classes`: colours of values or intervals. `rgb`: three channels mixed. ' +
        '`code`: the colours are numbers (terrain-RGB), not for the eye.',
    }),
    unit: nullable(Type.String(), 'Unit of the values; null where none is stated.'),
    channels: Type.Array(
      answer({
        name: Type.String({ description: '`b1`, an expression, or what was made of it.' }),
        minimum: nullable(Type.Number(), 'The value that becomes black, or the first colour.'),
        maximum: nullable(Type.Number(), 'The value that becomes white, or the last colour.'),
      }),
    ),
    stops: Type.Array(answer({ value: Type.Number(), color }), { description: 'Of a ramp, in equal steps.' }),
    classes: Type.Array(
      answer({
        from: Type.Number({ description: 'The value, or the interval’s least one.' }),
        to: nullable(Type.Number(), 'The interval’s end, itself not in it; null for a single value.'),
        label: nullable(Type.String(), 'What the raster calls the class.'),
        color,
      }),
    ),
  },
  { title: 'Legend' },
);
export type Legend = Static<typeof Legend>;

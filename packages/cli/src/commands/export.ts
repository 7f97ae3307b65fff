import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Client } from '@inlay/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { connect } from '../client.ts';
import { choice, wholeNumber, withConnection, withExamples } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { followJob } from '../follow-job.ts';
import { formatBytes } from '../format.ts';
import { numberOf, readNodata } from '../plan-flags.ts';
import { runStep } from '../progress.ts';
import { replaceRasterFile } from '../raster-file.ts';
import { note } from '../terminal.ts';

type ExportBody = Parameters<Client['exportDataset']>[1];
type Choice<Name extends keyof ExportBody> = readonly NonNullable<ExportBody[Name]>[];

const RESAMPLINGS = ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const satisfies Choice<'resampling'>;
const FORMATS = ['cog', 'gtiff'] as const satisfies Choice<'format'>;
const COMPRESSIONS = ['deflate', 'zstd', 'lzw', 'none', 'jpeg', 'webp'] as const satisfies Choice<'compression'>;
const MOST_PIXELS = 10_000_000;

interface ExportOptions extends ConnectionOptions {
  readonly output: string;
  readonly bbox?: NonNullable<ExportBody['bbox']>;
  readonly bboxCrs?: string;
  readonly feature?: string;
  readonly crs?: string;
  readonly resolution?: NonNullable<ExportBody['resolution']>;
  readonly width?: number;
  readonly height?: number;
  readonly resampling: NonNullable<ExportBody['resampling']>;
  readonly bands?: number[];
  readonly nodata?: ReturnType<typeof readNodata>;
  readonly rescale?: [number, number][];
  readonly dtype?: NonNullable<ExportBody['dtype']>;
  readonly format: NonNullable<ExportBody['format']>;
  readonly compression: NonNullable<ExportBody['compression']>;
  readonly quality?: number;
}

/** `inlay export`: a part of a dataset as a file. */
export function registerExport(program: Command, context: Context): void {
  const command = program
    .command('export')
    .description('cut, reproject and convert a raster or a virtual raster into a GeoTIFF, and download it')
    .argument('<id>', 'the dataset')
    .requiredOption('-o, --output <file.tif>', 'where to')
    .option('--bbox <minx,miny,maxx,maxy>', 'the box to cut out, in degrees or --bbox-crs', readBox)
    .option('--bbox-crs <EPSG:n>', 'the CRS of --bbox and --feature')
    .option('--feature <file.geojson>', 'the polygon to cut out')
    .option('--crs <EPSG:n>', 'the CRS of the file; the dataset’s own where left out')
    .option('--resolution <size>', 'the size of a pixel in the file’s CRS: 10, or 10,20', readSize)
    .option('--width <pixels>', 'the width, in place of --resolution', wholeNumber(1, MOST_PIXELS))
    .option('--height <pixels>', 'the height, in place of --resolution', wholeNumber(1, MOST_PIXELS))
    .addOption(
      choice('--resampling <how>', 'how pixels are computed that are not the dataset’s', RESAMPLINGS, 'nearest'),
    )
    .option('--bands <list>', 'the bands to take, in this order, from 1: 4,3,2', readBands)
    .option('--nodata <value>', 'the nodata value of the file: a number, nan, or none', readNodata)
    .option('--rescale <min,max>', 'the values that become black and white; several times, once a band', readRange)
    .option('--dtype <type>', 'the data type of the file, as Byte or Float32')
    .addOption(choice('--format <format>', 'a COG with overviews, or a tiled GeoTIFF without', FORMATS, 'cog'))
    .addOption(choice('--compression <how>', 'jpeg and webp lose detail, the others none', COMPRESSIONS, 'deflate'))
    .option('--quality <1-100>', 'of jpeg and webp', wholeNumber(1, 100))
    .action((id: string, options: ExportOptions) => exportDataset(context, id, options));
  withExamples(
    withConnection(command),
    'inlay export ID -o all.tif',
    'inlay export ID --bbox 11.5,48.1,11.7,48.2 -o munich.tif',
    'inlay export ID --crs EPSG:3857 --resolution 10 --resampling bilinear -o mercator.tif',
    'inlay export ID --bands 4,3,2 --rescale 0,3000 --compression jpeg -o picture.tif',
  );
}

async function exportDataset(context: Context, id: string, options: ExportOptions): Promise<void> {
  const { terminal, signal, workingFolder } = context;
  const body = await bodyOf(context, options);
  const client = await connect(context, options);
  const output = resolve(workingFolder, options.output);
  const bytes = await runStep(terminal, `Exporting ${basename(output)}`, async (step) => {
    const { job_id: jobId } = await client.exportDataset(id, body, { signal });
    try {
      // Making it is most of the work, fetching it the rest.
      await followJob(client, jobId, { update: (done, detail) => step.update(0.9 * done, detail) }, signal);
    } catch (error) {
      // Nobody waits for the file any more.
      if (signal.aborted) await client.cancelJob(jobId).catch(() => undefined);
      throw error;
    }
    const response = await client.downloadResult(jobId, { signal });
    const total = Number(response.headers.get('content-length') ?? 0);
    return await replaceRasterFile(output, response, signal, (received) =>
      step.update(0.9 + (0.1 * received) / Math.max(1, total), 'downloading'),
    );
  });
  note(terminal, `Wrote ${options.output}, ${formatBytes(bytes)}.`);
}

async function bodyOf({ workingFolder }: Context, options: ExportOptions): Promise<ExportBody> {
  const { nodata, bands } = options;
  if (Array.isArray(nodata) && nodata.length !== 1) {
    throw new CliError('cli/usage', 'An export has one nodata value: give --nodata a single one.');
  }
  const members = {
    bbox: options.bbox,
    feature: options.feature === undefined ? undefined : await readFeature(resolve(workingFolder, options.feature)),
    coord_crs: options.bboxCrs,
    crs: options.crs,
    resolution: options.resolution,
    width: options.width,
    height: options.height,
    resampling: options.resampling,
    bidx: bands,
    nodata: Array.isArray(nodata) ? nodata[0] : nodata,
    rescale: options.rescale,
    dtype: options.dtype,
    format: options.format,
    compression: options.compression,
    quality: options.quality,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A GeoJSON file's shape; of a collection of one feature, that one. */
async function readFeature(path: string): Promise<ExportBody['feature']> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new CliError('cli/usage', `${basename(path)}: ${reason}.`, { cause: error });
  }
  const { type, features } = parsed as { type?: unknown; features?: unknown };
  if (type !== 'FeatureCollection') return parsed as ExportBody['feature'];
  if (Array.isArray(features) && features.length === 1) return features[0] as ExportBody['feature'];
  throw new CliError('cli/usage', `${basename(path)} has several features; an export takes one polygon.`);
}

function numbersOf(text: string): number[] {
  return text.split(',').map(numberOf);
}

function readBox(text: string): [number, number, number, number] {
  const [minX = NaN, minY = NaN, maxX = NaN, maxY = NaN, ...rest] = numbersOf(text);
  if (minX < maxX && minY < maxY && rest.length === 0) return [minX, minY, maxX, maxY];
  throw new InvalidArgumentError('Expected minx,miny,maxx,maxy, the smaller coordinates first.');
}

function readSize(text: string): number | [number, number] {
  const [x = NaN, y = x, ...rest] = numbersOf(text);
  if (x > 0 && y > 0 && rest.length === 0) return text.includes(',') ? [x, y] : x;
  throw new InvalidArgumentError('Expected a size such as 10, or 10,20.');
}

function readBands(text: string): number[] {
  const bands = numbersOf(text);
  if (bands.every((band) => Number.isInteger(band) && band >= 1)) return bands;
  throw new InvalidArgumentError('Expected numbers from 1: 4,3,2.');
}

function readRange(text: string, previous: readonly [number, number][] = []): [number, number][] {
  const [min = NaN, max = NaN, ...rest] = numbersOf(text);
  if (min < max && rest.length === 0) return [...previous, [min, max]];
  throw new InvalidArgumentError('Expected min,max: 0,3000.');
}

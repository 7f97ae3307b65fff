import type { Nodata } from '@inlay/geo';
import {
  COLOR_MAP_NAMES,
  RESAMPLINGS,
  type Resampling,
  colorMapByName,
  parseColorFormula,
  parseExpression,
} from '@inlay/raster';
import { parseAlgorithm } from './parse-algorithm.ts';
import { parseColorClasses } from './parse-color-classes.ts';
import type { RenderOptions, RenderProblem, RescaleChoice } from './render-options.ts';

/** Parameters as they come out of a query string: a value, or several of one name. */
export type RenderQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parameters read here; a caller's own (`sig`, `exp`, ...) are not to be passed on. */
export const RENDER_PARAMETERS = [
  'bidx',
  'expression',
  'rescale',
  'colormap_name',
  'colormap',
  'color_formula',
  'resampling',
  'nodata',
  'algorithm',
  'algorithm_params',
] as const;

export type RenderParameter = (typeof RENDER_PARAMETERS)[number];

/** Longest value of one parameter, and most values of one name. */
const MAX_CHARACTERS = 32_768;
const MAX_VALUES = 16;

/** Options, or everything that is wrong with what was asked for. */
export type ParsedRenderOptions =
  | { readonly options: RenderOptions; readonly problems: null }
  | { readonly options: null; readonly problems: readonly RenderProblem[] };

/** Reads rio-tiler's parameters. All faults are found in one go; nothing is ignored or guessed. */
export function parseRenderOptions(query: RenderQuery): ParsedRenderOptions {
  const problems: RenderProblem[] = [];
  const values = new Map<RenderParameter, readonly string[]>();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const list = typeof value === 'string' ? [value] : value;
    if (!isParameter(name)) {
      problems.push({
        loc: [name],
        msg: `there is no such parameter; there are ${RENDER_PARAMETERS.join(', ')}`,
        type: 'extra_forbidden',
        input: clipped(list[0] ?? ''),
      });
    } else if (list.length > MAX_VALUES || list.some((text) => text.length > MAX_CHARACTERS)) {
      const msg = `at most ${MAX_VALUES} values of ${MAX_CHARACTERS} characters are read`;
      problems.push({ loc: [name], msg, type: 'too_long', input: null });
    } else if (list.length > 0) {
      values.set(name, list);
    }
  }

  const fail = (name: RenderParameter, msg: string, input: string, type = 'value_error', item?: number): undefined => {
    problems.push({ loc: item === undefined ? [name] : [name, item], msg, type, input: clipped(input) });
    return undefined;
  };
  /** The one value of a parameter that may be given once. */
  const single = (name: RenderParameter): string | undefined => {
    const list = values.get(name);
    if (list === undefined || list.length === 1) return list?.[0];
    return fail(name, `is given ${list.length} times; once is enough`, list[1]!);
  };
  const read = <T>(name: RenderParameter, parse: (text: string) => T | string): T | undefined => {
    const text = single(name);
    if (text === undefined) return undefined;
    const result = parse(text);
    return typeof result === 'string' ? fail(name, result, text) : result;
  };

  const bands = parseBands(values.get('bidx') ?? [], fail);
  const rescale = parseRescale(values.get('rescale') ?? [], fail);
  const expression = read('expression', (text) => {
    const parsed = parseExpression(text);
    return 'message' in parsed ? `${parsed.message} (at character ${parsed.offset + 1})` : parsed;
  });
  const named = read('colormap_name', (name) =>
    colorMapByName(name) === null
      ? `there is no colour map of that name; there are ${COLOR_MAP_NAMES.join(', ')}, each also with _r`
      : ({ kind: 'named', name: name.toLowerCase() } as const),
  );
  const classes = read('colormap', (text) => {
    const parsed = parseColorClasses(text);
    return typeof parsed === 'string' ? parsed : ({ kind: 'classes', classes: parsed } as const);
  });
  const colorFormula = read('color_formula', parseColorFormula);
  const resampling = single('resampling');
  if (resampling !== undefined && !isKernel(resampling)) {
    fail('resampling', `must be one of ${RESAMPLINGS.join(', ')}`, resampling, 'literal_error');
  }
  const nodata = read('nodata', parseNodata);
  const algorithmText = single('algorithm');
  const algorithm = parseAlgorithm(algorithmText, single('algorithm_params'), problems);

  if (bands !== undefined && expression !== undefined) {
    fail('expression', 'cannot be combined with bidx: name the bands in the expression', expression.text);
  }
  if (named !== undefined && classes !== undefined) {
    fail('colormap', 'cannot be combined with colormap_name', single('colormap')!);
  }
  if (problems.length > 0) return { options: null, problems };
  const colors = named ?? classes;
  return {
    problems: null,
    options: {
      ...(bands === undefined ? {} : { bands }),
      ...(expression === undefined ? {} : { expression }),
      ...(rescale === undefined ? {} : { rescale }),
      ...(colors === undefined ? {} : { colors }),
      ...(colorFormula === undefined ? {} : { colorFormula }),
      ...(resampling === undefined ? {} : { resampling: resampling as Resampling }),
      ...(nodata === undefined ? {} : { nodata: nodata.value }),
      ...(algorithm === undefined ? {} : { algorithm }),
    },
  };
}

type Fail = (name: RenderParameter, msg: string, input: string, type?: string, item?: number) => undefined;

/** `bidx=4&bidx=3&bidx=2`, or `bidx=4,3,2`. */
function parseBands(texts: readonly string[], fail: Fail): readonly number[] | undefined {
  if (texts.length === 0) return undefined;
  const words = texts.flatMap((text) => text.split(','));
  const bands = words.map((word) => (/^\s*\d{1,5}\s*$/.test(word) ? Number(word) : 0));
  const wrong = bands.findIndex((band) => band < 1);
  if (wrong !== -1) return fail('bidx', 'must be a band number: 1, 2, ...', words[wrong]!, 'int_parsing', wrong);
  if (bands.length !== 1 && bands.length !== 3) {
    return fail('bidx', `one band is shown, or three as red, green and blue; not ${bands.length}`, words.join(','));
  }
  return bands;
}

/**
 * `rescale=0,1000` for all channels or once a channel, rio-tiler's `rescale=[[0,1],[0,2]]`-like repetition as
 * `0,1,0,2`; `minmax`; `p2,p98`; `stddev` or `stddev,2.5`.
 */
function parseRescale(texts: readonly string[], fail: Fail): readonly RescaleChoice[] | undefined {
  if (texts.length === 0) return undefined;
  const choices: RescaleChoice[] = [];
  for (const [item, text] of texts.entries()) {
    const parsed = parseRescaleText(text);
    if (typeof parsed === 'string') return fail('rescale', parsed, text, 'value_error', item);
    choices.push(...parsed);
  }
  if (choices.length === 1 || choices.length === 3) return choices;
  return fail(
    'rescale',
    `is given for all channels, or for each of three; not ${choices.length} times`,
    texts.join(';'),
  );
}

function parseRescaleText(text: string): readonly RescaleChoice[] | string {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  if (words[0] === 'minmax' && words.length === 1) return [{ kind: 'minmax' }];
  if (words[0] === 'stddev' && words.length <= 2) {
    const factor = words.length === 1 ? 2 : toNumber(words[1]!);
    return factor > 0 && factor <= 100 ? [{ kind: 'stddev', factor }] : 'stddev takes a number above 0';
  }
  const percentiles = words.map((word) => (word.startsWith('p') ? toNumber(word.slice(1)) : NaN));
  if (words.length === 2 && percentiles.every((rank) => rank >= 0 && rank <= 100)) {
    const [low, high] = percentiles as [number, number];
    return low < high ? [{ kind: 'percentiles', low, high }] : 'the first percentile must be less than the second';
  }
  const numbers = words.map(toNumber);
  if (numbers.length % 2 !== 0 || numbers.length > 6 || !numbers.every(Number.isFinite)) {
    return 'must be two numbers ("0,3000"), "minmax", two percentiles ("p2,p98") or "stddev"';
  }
  const ranges: RescaleChoice[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    const [lo, hi] = [numbers[i]!, numbers[i + 1]!];
    if (lo === hi) return `both ends are ${lo}`;
    ranges.push({ kind: 'range', lo, hi });
  }
  return ranges;
}

/** `Number` takes an empty text for 0, and hexadecimal ones. */
function toNumber(word: string): number {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word) ? Number(word) : NaN;
}

function parseNodata(text: string): { readonly value: Nodata } | string {
  const word = text.trim().toLowerCase();
  if (word === 'nan') return { value: NaN };
  if (word === 'inf' || word === '-inf') return { value: word === 'inf' ? Infinity : -Infinity };
  const value = toNumber(word);
  return Number.isNaN(value) ? 'must be a number, nan, inf or -inf' : { value };
}

function isParameter(name: string): name is RenderParameter {
  return (RENDER_PARAMETERS as readonly string[]).includes(name);
}

function isKernel(name: string): name is Resampling {
  return (RESAMPLINGS as readonly string[]).includes(name);
}

/** The offending value, as much of it as an answer should repeat. */
function clipped(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
}

import type { Algorithm, RenderProblem } from './render-options.ts';

/** A number among an algorithm's parameters: its default and bounds. */
interface NumberRule {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
}

/** Parameters by rio-tiler's names. The light comes from the north-west, where map readers expect it. */
const RULES = {
  hillshade: {
    azimuth: { initial: 315, least: 0, most: 360 },
    angle_altitude: { initial: 45, least: 0, most: 90 },
    z_exaggeration: { initial: 1, least: 0.000_001, most: 1e6 },
  },
  slope: { z_exaggeration: { initial: 1, least: 0.000_001, most: 1e6 } },
  contours: {
    increment: { initial: 50, least: 0.001, most: 10_000 },
    minz: { initial: -12_000, least: -1e9, most: 1e9 },
    maxz: { initial: 9000, least: -1e9, most: 1e9 },
  },
  terrainrgb: {
    interval: { initial: 0.1, least: 0.000_1, most: 1000 },
    baseval: { initial: -10_000, least: -1e9, most: 1e9 },
  },
  terrarium: {},
} as const satisfies Record<Algorithm['kind'], Readonly<Record<string, NumberRule>>>;

/**
 * An algorithm by its name and its parameters, a JSON object. Faults are added to `problems`.
 * @returns undefined without a name, and where there was a fault.
 */
export function parseAlgorithm(
  name: string | undefined,
  parameters: string | undefined,
  problems: RenderProblem[],
): Algorithm | undefined {
  if (name === undefined) {
    if (parameters !== undefined) {
      const msg = 'there is no algorithm that these are for; give algorithm as well';
      problems.push({ loc: ['algorithm_params'], msg, type: 'missing', input: null });
    }
    return undefined;
  }
  const kind = name.toLowerCase();
  if (!Object.hasOwn(RULES, kind)) {
    const msg = `must be one of ${Object.keys(RULES).join(', ')}`;
    problems.push({ loc: ['algorithm'], msg, type: 'literal_error', input: name.slice(0, 200) });
    return undefined;
  }
  const rules: Readonly<Record<string, NumberRule>> = RULES[kind as Algorithm['kind']];
  const given = readObject(parameters, problems);
  if (given === null) return undefined;
  const before = problems.length;
  const values = new Map(Object.entries(rules).map(([key, { initial }]) => [key, initial]));
  for (const [key, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const loc = ['algorithm_params', key.slice(0, 100)];
    if (rule === undefined) {
      const known = Object.keys(rules).join(', ') || 'none';
      problems.push({
        loc,
        msg: `${kind} has no such parameter; it has ${known}`,
        type: 'extra_forbidden',
        input: null,
      });
    } else if (typeof value !== 'number' || !(value >= rule.least && value <= rule.most)) {
      const msg = `must be a number from ${rule.least} to ${rule.most}`;
      problems.push({ loc, msg, type: 'value_error', input: typeof value === 'number' ? value : null });
    } else {
      values.set(key, value);
    }
  }
  return problems.length > before ? undefined : create(kind as Algorithm['kind'], (key) => values.get(key)!);
}

function create(kind: Algorithm['kind'], value: (key: string) => number): Algorithm {
  switch (kind) {
    case 'hillshade':
      return {
        kind,
        azimuth: value('azimuth'),
        altitude: value('angle_altitude'),
        zFactor: value('z_exaggeration'),
      };
    case 'slope':
      return { kind, zFactor: value('z_exaggeration') };
    case 'contours':
      return { kind, increment: value('increment'), minimum: value('minz'), maximum: value('maxz') };
    case 'terrainrgb':
      return { kind, base: value('baseval'), interval: value('interval') };
    default:
      return { kind };
  }
}

function readObject(text: string | undefined, problems: RenderProblem[]): Readonly<Record<string, unknown>> | null {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null; // not JSON: refused below like JSON of another kind
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const msg = 'must be a JSON object such as {"azimuth": 315}';
  problems.push({ loc: ['algorithm_params'], msg, type: 'json_invalid', input: text.slice(0, 200) });
  return null;
}

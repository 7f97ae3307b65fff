import { textParam } from '../search-params.ts';

/** A link's right to see one dataset, as its page's query carries it: both fields, or none. */
export interface LinkParams {
  readonly sig?: string | undefined;
  /** When it ends, in seconds since 1970. */
  readonly exp?: string | undefined;
}

/** Reads it of a query; half a link is none. */
export function linkParams(params: Readonly<Record<string, unknown>>): LinkParams {
  const [sig, exp] = [textParam(params, 'sig'), textParam(params, 'exp')];
  return sig !== undefined && exp !== undefined && /^\d{1,15}$/.test(exp) ? { sig, exp } : {};
}

/** The same as the API takes it. */
export function linkQuery({ sig, exp }: LinkParams): { readonly sig?: string; readonly exp?: number } {
  return sig === undefined || exp === undefined ? {} : { sig, exp: Number(exp) };
}

/** An address of the dataset's API with the right of a link. */
export function withLink<Path extends string>(path: Path, { sig, exp }: LinkParams): Path {
  if (sig === undefined || exp === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams({ sig, exp })}` as Path;
}

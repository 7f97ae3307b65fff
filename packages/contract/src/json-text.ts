import type { Parsing } from './validation.ts';

/**
 * Parses the text of a JSON body. A text that is not JSON is refused as FastAPI refuses it: `loc` ends in the offset
 * of the mistake (in UTF-16 units, from 0) where the parser tells it, and the text itself is not repeated.
 */
export function parseJson(text: string): Parsing<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { reason, offset } = explain(error.message, text);
    return {
      ok: false,
      items: [
        {
          loc: offset === null ? ['body'] : ['body', offset],
          msg: `JSON decode error: ${reason}${offset === null ? '' : ` at offset ${offset}`}`,
          type: 'json_invalid',
          input: null,
          ctx: { error: reason },
        },
      ],
    };
  }
}

/** V8's messages name a reason and a position, or quote the text around the mistake and no position. */
function explain(message: string, text: string): { readonly reason: string; readonly offset: number | null } {
  if (message === 'Unexpected end of JSON input') return { reason: 'the text ends too early', offset: text.length };
  const placed = /^([^"]*?) (?:in|after) JSON at position (\d+)/.exec(message);
  if (placed !== null) return { reason: lowerFirst(placed[1] as string), offset: Number(placed[2]) };
  const character = /^Unexpected token '(.)'/su.exec(message)?.[1];
  return {
    reason: character === undefined ? 'not JSON' : `unexpected character ${JSON.stringify(character)}`,
    offset: null,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

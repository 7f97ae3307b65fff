import { type Static, Type } from 'typebox';
import { PUBLIC_ERROR_CODES } from './error-code.ts';
import { answer, nullable } from './schema.ts';
import { uuidOf } from './scalars.ts';

/** The media type of every error but 422 (RFC 9457, section 3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The path to a value in a request: `['body', 'source_dataset_ids', 3]`. Indexes count from 0. */
export type Loc = (string | number)[];

/** One thing that is wrong with a request. */
export const ValidationItem = answer(
  {
    loc: Type.Array(Type.Union([Type.String(), Type.Integer()]), {
      description: 'Path to the value: `body`, `query` or `path`, then field names and indexes (from 0).',
    }),
    msg: Type.String({ description: 'What is wrong and, where it is not obvious, what to do.' }),
    type: Type.String({
      description:
        'Stable name of the problem: pydantic 2’s for what is wrong with the request itself (`missing`, `uuid_parsing`, ' +
        '`literal_error`, ...), ours for what is wrong with what it refers to (`crs_mismatch`, ...).',
    }),
    input: Type.Unknown({ description: 'The offending value, shortened where it is long; null where it is missing.' }),
    ctx: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'The facts behind `msg`. Problems of sources carry `field`, `expected`, `actual` and `fix`. Where only the ' +
          'first 1,000 items are listed, the last one carries `total`.',
      }),
    ),
  },
  { title: 'ValidationItem' },
);
export type ValidationItem = Static<typeof ValidationItem>;

/** The body of every 422. */
export const ValidationErrorBody = answer({ detail: Type.Array(ValidationItem) }, { title: 'ValidationError' });
export type ValidationErrorBody = Static<typeof ValidationErrorBody>;

/** The body of every error but 422: RFC 9457, with our code and, by code, further members. */
export const Problem = answer(
  {
    type: Type.String({ description: 'A URI naming the kind of problem; `about:blank` where `code` says all.' }),
    title: Type.String({ description: 'The kind of problem in words.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'This occurrence in words: what happened and what to do.' }),
    code: Type.Enum([...PUBLIC_ERROR_CODES], { description: 'Stable code of the kind of problem.' }),
    request_id: Type.Optional(Type.String({ description: 'The X-Request-Id of the answer, for the server’s log.' })),
    dependent_vrts: Type.Optional(
      Type.Array(
        answer({
          vrt_dataset_id: nullable(uuidOf('The virtual raster.'), 'Null while it is still being built.'),
          vrt_dataset_title: Type.String(),
        }),
        { description: 'With `dataset_in_use`: the virtual rasters made of the dataset that the caller may see.' },
      ),
    ),
    retry_after_seconds: Type.Optional(
      Type.Integer({ description: 'With `too_many_requests` and `service_unavailable`.' }),
    ),
  },
  { title: 'Problem', additionalProperties: true },
);
export type Problem = Static<typeof Problem>;

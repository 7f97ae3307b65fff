import type { TSchema } from 'typebox';
import type { Answer, Operation } from './operation.ts';
import { Problem, PROBLEM_MEDIA_TYPE, ValidationErrorBody } from './problem.ts';
import { operations } from './routes.ts';

/** What the document says of the server it comes from. */
export interface OpenApiOptions {
  /** Version of the server. */
  readonly version: string;
  /** Where it is reached, without `/api`: `http://127.0.0.1:8080`. */
  readonly serverUrl: string;
}

type Json = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), as plain data. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly tags: readonly Json[];
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly securitySchemes: Readonly<Record<string, Json>>;
  };
}

const DESCRIPTION = `A catalogue of rasters that builds GDAL virtual rasters (VRT) of them.

**Credentials.** \`Authorization: Bearer <token>\` or \`X-Api-Key: <token>\`. Public datasets are read without one; a wrong one is 401 everywhere.

**Errors.** What is wrong with a request is answered with 422 and one item for each problem, all at once. Every other error is \`application/problem+json\` (RFC 9457) with a stable \`code\`. What you may not see is 404, as if it were not there.

**Paths** answer with and without a trailing slash. Every answer carries \`X-Request-Id\`.`;

const TAGS: Readonly<Record<string, string>> = {
  'Virtual rasters': 'Mosaics and band stacks of catalogued rasters.',
  Ingest: 'Rasters into the catalogue, uploaded or where they are.',
  Jobs: 'What goes on after a 202.',
  Datasets: 'The catalogue.',
  Tiles: 'Datasets on a map: tiles, TileJSON, WMTS, and links that carry a right.',
  Pictures: 'Datasets as pictures: whole, cut to a box or to a shape.',
  'Pixel values': 'What the pixels say: values at points, statistics, histograms, the legend.',
  Sharing: 'Who else sees a dataset: named users, and links.',
  Downloads: 'What GDAL and QGIS open.',
  Exports: 'Datasets cut, reprojected and converted, as files to take along or as datasets.',
  'Sign-in': 'Sessions, tokens and API keys.',
  Users: 'Accounts, and who changed what: for administrators.',
  General: 'The server itself.',
};

/** Describes the whole route table. Members that are undefined vanish where the document is written as JSON. */
export function openApiDocument({ version, serverUrl }: OpenApiOptions): OpenApiDocument {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation, schemas),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Inlay',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token of `POST /api/auth/login`, or an API key.',
        },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'inlay_session',
          description: 'A browser’s session. What changes something must come from a page of this server.',
        },
      },
    },
  };
}

type Schemas = Record<string, Json>;

function describeOperation(operation: Operation, schemas: Schemas): Json {
  const { id, summary, tags, access, body, aliases = [] } = operation;
  const also = aliases.length === 0 ? '' : `\n\nAlso at ${aliases.map((path) => `\`${path}\``).join(' and ')}.`;
  const description = `${operation.description}${also}`;
  const parameters = [
    ...describeParameters('path', operation.params, schemas),
    ...describeParameters('query', operation.query, schemas),
    ...Object.entries(operation.requestHeaders ?? {}).map(([name, text]) => ({
      name,
      in: 'header',
      required: false,
      description: text,
      schema: { type: 'string' },
    })),
  ];
  return {
    operationId: id,
    summary,
    description: `${description}\n\n${ACCESS[access]}`,
    tags,
    ...(access === 'anonymous' ? { security: [{}, { bearer: [] }, { apiKey: [] }, { session: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isOptional !== true,
            content: { [body.mediaType]: { schema: reference(body.schema, schemas), ...exampleOf(body) } },
          },
        }),
    responses: describeResponses(operation, schemas),
  };
}

const ACCESS: Readonly<Record<Operation['access'], string>> = {
  anonymous: 'Needs no sign-in for what is public.',
  signed_in: 'Needs sign-in.',
  editor: 'Needs the role `editor` or `admin`.',
  admin: 'Needs the role `admin`.',
};

interface Keywords {
  readonly description?: string;
  readonly type?: string;
  readonly 'x-repeated'?: boolean;
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, TSchema & Keywords>>;
  readonly required?: readonly string[];
}

function describeParameters(place: 'path' | 'query', schema: TSchema | undefined, schemas: Schemas): Json[] {
  if (schema === undefined) return [];
  const { properties, required = [] } = schema as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    description: property.description,
    // OpenAPI's default repeats the name for each value; we separate values by commas where they hold none.
    explode: property.type === 'array' && property['x-repeated'] !== true ? false : undefined,
    schema: reference(property, schemas),
  }));
}

/** The answers that are listed, and the errors that follow from what an operation takes and who may call it. */
function describeResponses(operation: Operation, schemas: Schemas): Json {
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(operation.responses)) {
    responses[status] = describeAnswer(answer, schemas, operation.method !== 'HEAD');
  }
  const takesInput = operation.params !== undefined || operation.query !== undefined || operation.body !== undefined;
  const problems: Record<string, string> = {
    401: operation.access === 'anonymous' ? 'The credential is wrong.' : 'There is no credential, or it is wrong.',
    ...(operation.access === 'editor' || operation.access === 'admin' ? { 403: 'The caller may not do this.' } : {}),
    429: 'Too many requests; `Retry-After` says when to come back.',
    500: 'Something went wrong on the server; the log knows the `request_id`.',
    ...operation.problems,
  };
  for (const [status, description] of Object.entries(problems)) {
    responses[status] = { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: reference(Problem, schemas) } } };
  }
  if (takesInput) {
    responses['422'] = {
      description: 'Validation Error: everything that is wrong with the request.',
      content: { 'application/json': { schema: reference(ValidationErrorBody, schemas) } },
    };
  }
  return responses;
}

function describeAnswer(answer: Answer, schemas: Schemas, withBody: boolean): Json {
  const { description, schema, headers } = answer;
  const mediaType = answer.mediaType ?? (schema === undefined ? undefined : 'application/json');
  return {
    description,
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
          ),
        }),
    ...(mediaType === undefined || !withBody
      ? {}
      : {
          content: {
            [mediaType]: {
              ...(schema === undefined ? {} : { schema: reference(schema, schemas) }),
              ...exampleOf(answer),
            },
          },
        }),
  };
}

function exampleOf({ example }: { readonly example?: unknown }): Json {
  return example === undefined ? {} : { example };
}

/** A schema as plain JSON; one with a title becomes a component, described once and referred to. */
function reference(schema: unknown, schemas: Schemas): Json {
  const { title } = schema as { readonly title?: string };
  if (title === undefined) return plain(schema, schemas) as Json;
  if (!Object.hasOwn(schemas, title)) {
    // Taken before its members are looked at, so that components stand in the order in which they are met.
    schemas[title] = {};
    schemas[title] = plain(schema, schemas) as Json;
  }
  return { $ref: `#/components/schemas/${title}` };
}

function plain(value: unknown, schemas: Schemas): unknown {
  if (Array.isArray(value)) return value.map((member) => plainMember(member, schemas));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([keyword, member]) => [
      keyword,
      // Names of properties are not keywords: one called `title` is a schema, not a title.
      keyword === 'properties' || keyword === 'patternProperties'
        ? Object.fromEntries(
            Object.entries(member as object).map(([name, property]) => [name, reference(property, schemas)]),
          )
        : plainMember(member, schemas),
    ]),
  );
}

function plainMember(member: unknown, schemas: Schemas): unknown {
  const isTitled = typeof member === 'object' && member !== null && 'title' in member;
  return isTitled ? reference(member, schemas) : plain(member, schemas);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiDocument, operations } from '@inlay/contract';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object; readonly example?: unknown }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { schema?: unknown }> }
  >;
}

/** As clients get it: through JSON. */
const document = JSON.parse(
  JSON.stringify(openApiDocument({ version: '1.2.3', serverUrl: 'http://127.0.0.1:8080' })),
) as {
  openapi: string;
  info: { version: string };
  servers: unknown;
  tags: { name: string }[];
  security: unknown;
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: Record<string, unknown> };
};

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

void test('the document is OpenAPI 3.1 and says which server it describes', () => {
  assert.equal(document.openapi, '3.1.1');
  assert.equal(document.info.version, '1.2.3');
  assert.deepEqual(document.servers, [{ url: 'http://127.0.0.1:8080' }]);
});

void test('the document describes every operation once, under a unique id', () => {
  assert.deepEqual(
    described.map(({ operation }) => operation.operationId).toSorted(byText),
    operations.map(({ id }) => id).toSorted(byText),
  );
  assert.equal(new Set(described.map(({ operation }) => operation.operationId)).size, operations.length);
});

void test('every operation has a summary, a description, a declared tag and answers that are described', () => {
  const tags = new Set(document.tags.map(({ name }) => name));
  for (const { operation } of described) {
    assert.ok(operation.summary.length > 0 && !operation.summary.endsWith('.'), operation.operationId);
    assert.ok(operation.description.length > operation.summary.length, operation.operationId);
    assert.ok(operation.tags.length > 0 && operation.tags.every((tag) => tags.has(tag)), operation.operationId);
    const statuses = Object.keys(operation.responses);
    assert.ok(
      statuses.some((status) => status.startsWith('2')),
      operation.operationId,
    );
    assert.ok(statuses.includes('401') && statuses.includes('500'), operation.operationId);
    for (const answer of Object.values(operation.responses)) assert.ok(answer.description.length > 0);
  }
});

void test('every parameter of a path is declared and required, and no other', () => {
  for (const { path, operation } of described) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      declared.map(({ name }) => name),
      inPath,
      operation.operationId,
    );
    assert.ok(
      declared.every(({ required }) => required),
      operation.operationId,
    );
  }
});

void test('every reference leads to a component, and every component is referred to', () => {
  const references = new Set(
    [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1] as string),
  );
  const components = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  assert.deepEqual([...references].toSorted(byText), components.toSorted(byText));
});

void test('every component is described in full: none is empty or a reference to itself', () => {
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    assert.equal(schema['type'], 'object', name);
    assert.equal(schema['title'], name);
    assert.ok(Object.keys(schema['properties'] as object).length > 0, name);
  }
});

void test('422 has its own body and every other error is a problem', () => {
  for (const { operation } of described) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      const [mediaType, component] =
        status === '422' ? ['application/json', 'ValidationError'] : ['application/problem+json', 'Problem'];
      assert.deepEqual(content, { [mediaType]: { schema: { $ref: `#/components/schemas/${component}` } } });
    }
  }
});

void test('what takes anything says how it is refused', () => {
  for (const { operation } of described) {
    const takes = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
    assert.equal('422' in operation.responses, takes, operation.operationId);
  }
});

void test('the create call shows the request of the API page, with two sources', () => {
  assert.deepEqual(document.paths['/api/ingest/vrt/create']?.['post']?.requestBody?.content['application/json'], {
    schema: { $ref: '#/components/schemas/VrtCreate' },
    example: {
      source_dataset_ids: ['2489E9AD-2EE2-8E00-8EC9-32D5F69181C0', '7B1F0C52-9A3D-4E64-B0C8-51D2E6F7A983'],
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'example',
      summary: 'example',
      visibility: 'private',
    },
  });
});

void test('a validation error is a list of items with loc, msg, type, input and ctx', () => {
  const { schemas } = document.components;
  assert.deepEqual(schemas['ValidationError']?.['properties'], {
    detail: { type: 'array', items: { $ref: '#/components/schemas/ValidationItem' } },
  });
  assert.deepEqual(Object.keys(schemas['ValidationItem']?.['properties'] as object), [
    'loc',
    'msg',
    'type',
    'input',
    'ctx',
  ]);
});

void test('credentials are a bearer token, a key or a browser’s session, and public reads need none', () => {
  assert.deepEqual(document.security, [{ bearer: [] }, { apiKey: [] }, { session: [] }]);
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['bearer', 'apiKey', 'session']);
  assert.deepEqual(document.paths['/api/datasets/']?.['get']?.security, [
    {},
    { bearer: [] },
    { apiKey: [] },
    { session: [] },
  ]);
  assert.equal(document.paths['/api/ingest/vrt/create']?.['post']?.security, undefined);
});

void test('a HEAD has no content', () => {
  const head = document.paths['/api/datasets/{id}/download/cog']?.['head'];
  assert.equal(head?.responses['200']?.content, undefined);
  assert.ok(document.paths['/api/datasets/{id}/download/cog']?.['get']?.responses['206']?.content);
});

import { Type } from 'typebox';
import { Health, Readiness } from '../health.ts';
import { operation } from '../operation.ts';

const tags = ['General'];

export const health = operation({
  id: 'health',
  method: 'GET',
  path: '/api/health',
  summary: 'Is the process alive',
  description: 'Answers as long as the process can answer at all; says nothing about what it depends on.',
  tags,
  access: 'anonymous',
  responses: {
    200: { description: 'It is.', schema: Health, example: { status: 'ok', version: '0.1.0' } },
  },
});

export const ready = operation({
  id: 'ready',
  method: 'GET',
  path: '/api/ready',
  summary: 'Can it do its work',
  description: 'Whether the database, the job queue and the storage can be used now.',
  tags,
  access: 'anonymous',
  responses: {
    200: {
      description: 'All of them can.',
      schema: Readiness,
      example: { status: 'ready', checks: { database: 'ok', queue: 'ok', storage: 'ok' } },
    },
  },
  problems: { 503: 'One cannot. The problem carries the same `checks` as a further member.' },
});

export const openapiDocument = operation({
  id: 'openapiDocument',
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This API, described',
  description: 'The OpenAPI 3.1 document that this page is made from.',
  tags,
  access: 'anonymous',
  responses: {
    200: { description: 'The document.', schema: Type.Record(Type.String(), Type.Unknown()) },
  },
});

export const docs = operation({
  id: 'docs',
  method: 'GET',
  path: '/api/docs',
  summary: 'This API, to read and to try',
  description: 'A page that shows the OpenAPI document.',
  tags,
  access: 'anonymous',
  responses: { 200: { description: 'The page.', mediaType: 'text/html' } },
});

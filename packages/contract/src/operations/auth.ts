import { ApiKeyList, ApiKeyListQuery, ApiKeyParams, CreateApiKey, CreatedApiKey } from '../auth.ts';
import { operation } from '../operation.ts';

const tags = ['Sign-in'];

export const listApiKeys = operation({
  id: 'listApiKeys',
  method: 'GET',
  path: '/api/auth/api-keys/',
  summary: 'List my API keys',
  description: 'The caller’s keys, newest first. The keys themselves are not shown.',
  tags,
  access: 'signed_in',
  query: ApiKeyListQuery,
  responses: { 200: { description: 'One page of keys.', schema: ApiKeyList } },
});

export const createApiKey = operation({
  id: 'createApiKey',
  method: 'POST',
  path: '/api/auth/api-keys/',
  summary: 'Make an API key',
  description:
    'A key may do what its owner may, or, with the scope `read`, see what its owner may see. Send it as `X-Api-Key` or as a bearer token.',
  tags,
  access: 'signed_in',
  body: {
    mediaType: 'application/json',
    schema: CreateApiKey,
    example: { name: 'nightly import', scope: 'write', expires_in_days: 90 },
  },
  responses: { 201: { description: 'The key. Keep it: it is not shown again.', schema: CreatedApiKey } },
});

export const deleteApiKey = operation({
  id: 'deleteApiKey',
  method: 'DELETE',
  path: '/api/auth/api-keys/{id}',
  summary: 'Revoke an API key',
  description: 'The key stops working at once.',
  tags,
  access: 'signed_in',
  params: ApiKeyParams,
  responses: { 204: { description: 'Revoked.' } },
  problems: { 404: 'The caller has no such key.' },
});

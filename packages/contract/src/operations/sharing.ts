import { DatasetParams } from '../dataset.ts';
import { operation } from '../operation.ts';
import {
  CreateShare,
  Grant,
  GrantList,
  GrantListQuery,
  GrantParams,
  PutGrant,
  Share,
  ShareList,
  ShareListQuery,
  ShareParams,
} from '../sharing.ts';

const tags = ['Sharing'];
const notFound = 'There is no such dataset, or the caller may not see it.';

export const listGrants = operation({
  id: 'listGrants',
  method: 'GET',
  path: '/api/datasets/{id}/grants/',
  summary: 'List who was named for a dataset',
  description: 'The users to whom it was granted, by name. For its owner and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  query: GrantListQuery,
  responses: { 200: { description: 'One page of grants.', schema: GrantList } },
  problems: { 404: notFound },
});

export const putGrant = operation({
  id: 'putGrant',
  method: 'PUT',
  path: '/api/datasets/{id}/grants/',
  summary: 'Grant a dataset to a user',
  description:
    'Lets a user see the dataset while it is `restricted`, or also change it. Takes the place of what was granted to them ' +
    'before. While it is `private`, grants are kept and do not count. For its owner and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  body: { mediaType: 'application/json', schema: PutGrant, example: { user: 'ada', level: 'view' } },
  responses: { 200: { description: 'The grant.', schema: Grant } },
  problems: { 404: notFound },
});

export const deleteGrant = operation({
  id: 'deleteGrant',
  method: 'DELETE',
  path: '/api/datasets/{id}/grants/{user}',
  summary: 'Take a grant back',
  description: 'It holds at once. For the dataset’s owner and administrators, and for the user it was granted to.',
  tags,
  access: 'signed_in',
  params: GrantParams,
  responses: { 204: { description: 'Taken back.' } },
  problems: { 403: 'It is another user’s.', 404: 'There is no such dataset, or nothing was granted to that user.' },
});

export const listShares = operation({
  id: 'listShares',
  method: 'GET',
  path: '/api/datasets/{id}/shares/',
  summary: 'List the shares of a dataset',
  description: 'Newest first, those that are over or revoked too. For its owner and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  query: ShareListQuery,
  responses: { 200: { description: 'One page of shares.', schema: ShareList } },
  problems: { 404: notFound },
});

export const createShare = operation({
  id: 'createShare',
  method: 'POST',
  path: '/api/datasets/{id}/shares/',
  summary: 'Share a dataset by a link',
  description:
    'A link that opens the dataset to whoever holds it, signed in or not, until it ends or is revoked: its page, tiles, ' +
    'pictures and values, and with `downloads` its files. It opens what its maker may see when it is used. For the ' +
    'dataset’s owner and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  body: {
    mediaType: 'application/json',
    schema: CreateShare,
    example: { name: 'for the mayor', expires_in_days: 30, downloads: false },
  },
  responses: { 201: { description: 'The share.', schema: Share } },
  problems: { 404: notFound },
});

export const revokeShare = operation({
  id: 'revokeShare',
  method: 'DELETE',
  path: '/api/datasets/{id}/shares/{share_id}',
  summary: 'Revoke a share',
  description: 'Its link opens nothing from then on. For the dataset’s owner and administrators.',
  tags,
  access: 'editor',
  params: ShareParams,
  responses: { 204: { description: 'Revoked.' } },
  problems: { 404: 'There is no such share, or it was revoked before.' },
});

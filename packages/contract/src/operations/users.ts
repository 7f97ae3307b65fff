import {
  CreateUser,
  NewPassword,
  PasswordChange,
  User,
  UserDelete,
  UserDeleted,
  UserList,
  UserListQuery,
  UserParams,
  UserPatch,
} from '../auth.ts';
import { operation } from '../operation.ts';

const tags = ['Users'];
const notFound = 'There is no such user.';
const lastAdministrator = 'There would be no administrator left who may sign in.';

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/api/users/',
  summary: 'List users',
  description: 'All users, newest first.',
  tags,
  access: 'admin',
  query: UserListQuery,
  responses: { 200: { description: 'One page of users.', schema: UserList } },
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/api/users/',
  summary: 'Add a user',
  description: 'Adds a user who signs in with a user name and a password.',
  tags,
  access: 'admin',
  body: {
    mediaType: 'application/json',
    schema: CreateUser,
    example: { username: 'ada', password: 'correct horse battery staple', role: 'editor' },
  },
  responses: { 201: { description: 'The user.', schema: User } },
  problems: { 409: 'The user name is taken.' },
});

export const getUser = operation({
  id: 'getUser',
  method: 'GET',
  path: '/api/users/{id}',
  summary: 'Get a user',
  description: 'A user, whoever they are.',
  tags,
  access: 'admin',
  params: UserParams,
  responses: { 200: { description: 'The user.', schema: User } },
  problems: { 404: notFound },
});

export const patchUser = operation({
  id: 'patchUser',
  method: 'PATCH',
  path: '/api/users/{id}',
  summary: 'Change a user',
  description: 'Changes the role, or whether they may sign in. It holds at once, for sessions, API keys and links too.',
  tags,
  access: 'admin',
  params: UserParams,
  body: { mediaType: 'application/json', schema: UserPatch, example: { role: 'viewer' } },
  responses: { 200: { description: 'The user as they are now.', schema: User } },
  problems: { 404: notFound, 409: lastAdministrator },
});

export const setUserPassword = operation({
  id: 'setUserPassword',
  method: 'PUT',
  path: '/api/users/{id}/password',
  summary: 'Set a user’s password',
  description: 'Gives a user another password, and ends their sessions. Their API keys stay.',
  tags,
  access: 'admin',
  params: UserParams,
  body: {
    mediaType: 'application/json',
    schema: NewPassword,
    example: { password: 'correct horse battery staple' },
  },
  responses: { 204: { description: 'Done.' } },
  problems: { 404: notFound },
});

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/api/users/{id}',
  summary: 'Delete a user',
  description:
    'Deletes a user with their tokens, grants and shares. Their datasets and jobs become those of `transfer_to`: nothing is ' +
    'left without an owner.',
  tags,
  access: 'admin',
  params: UserParams,
  body: { mediaType: 'application/json', schema: UserDelete, example: {} },
  responses: { 200: { description: 'Deleted.', schema: UserDeleted } },
  problems: { 404: notFound, 409: lastAdministrator },
});

export const changePassword = operation({
  id: 'changePassword',
  method: 'POST',
  path: '/api/auth/password',
  summary: 'Change my password',
  description: 'Changes the caller’s own password, and ends their other sessions. API keys stay.',
  tags: ['Sign-in'],
  access: 'signed_in',
  body: {
    mediaType: 'application/json',
    schema: PasswordChange,
    example: { current_password: 'correct horse', password: 'correct horse battery staple' },
  },
  responses: { 204: { description: 'Changed.' } },
  problems: { 429: 'Too many attempts.' },
});

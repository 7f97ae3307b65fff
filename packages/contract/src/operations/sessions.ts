import { AccessToken, Login, OneTimeSignIn, SignInLink, User } from '../auth.ts';
import { operation } from '../operation.ts';

const tags = ['Sign-in'];

export const login = operation({
  id: 'login',
  method: 'POST',
  path: '/api/auth/login',
  summary: 'Sign in',
  description:
    'Trades a user name and a password for an access token (OAuth 2 password grant). With `session=cookie` the token is ' +
    'also set as an HttpOnly cookie, `inlay_session`, by which a browser is signed in.',
  tags,
  access: 'anonymous',
  isRead: true,
  body: {
    mediaType: 'application/x-www-form-urlencoded',
    schema: Login,
    example: { username: 'ada', password: 'correct horse battery staple' },
  },
  responses: {
    200: {
      description: 'Signed in.',
      schema: AccessToken,
      headers: { 'Set-Cookie': 'The session, where it was asked for.' },
      example: { access_token: 'x7dQ...', token_type: 'bearer', expires_in: 86400 },
    },
  },
  problems: {
    401: 'The user name or the password is wrong; which one is not said.',
    403: 'A page of another site asks for a cookie.',
    429: 'Too many attempts.',
  },
});

export const oneTimeSignIn = operation({
  id: 'oneTimeSignIn',
  method: 'POST',
  path: '/api/auth/one-time',
  summary: 'Sign a browser in by a link',
  description: 'Trades the code of a sign-in link for a session cookie. A code works once, and for an hour.',
  tags,
  access: 'anonymous',
  isRead: true,
  body: {
    mediaType: 'application/json',
    schema: OneTimeSignIn,
    example: { code: 'inlay_0uDqVbTd2m0Cq0m1j4qVb1a8nRFnJp8g0m1u2w3x4y5' },
  },
  responses: {
    200: { description: 'Who is signed in now.', schema: User, headers: { 'Set-Cookie': 'The session.' } },
  },
  problems: {
    401: 'The code was used before, or has expired.',
    403: 'A page of another site sends it.',
    429: 'Too many attempts.',
  },
});

export const createSignInLink = operation({
  id: 'createSignInLink',
  method: 'POST',
  path: '/api/auth/sign-in-links',
  summary: 'Make a sign-in link',
  description: 'A link that signs a browser in as the caller, once, within an hour.',
  tags,
  access: 'signed_in',
  responses: { 201: { description: 'The link. Whoever opens it first is signed in.', schema: SignInLink } },
});

export const logout = operation({
  id: 'logout',
  method: 'POST',
  path: '/api/auth/logout',
  summary: 'Sign out',
  description: 'Ends the session whose token or cookie the request carries, and removes the cookie. API keys stay.',
  tags,
  access: 'anonymous',
  isRead: true,
  responses: { 204: { description: 'Signed out.' } },
  problems: { 403: 'A page of another site asks for it.' },
});

export const me = operation({
  id: 'me',
  method: 'GET',
  path: '/api/auth/me/',
  summary: 'Who am I',
  description: 'The user whose credential the request carries.',
  tags,
  access: 'signed_in',
  responses: { 200: { description: 'The user.', schema: User } },
});

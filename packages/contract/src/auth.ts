import { type Static, Type } from 'typebox';
import { answer, defaulted, nullable, request } from './schema.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { timestamp, uuidOf } from './scalars.ts';

export const ROLES = ['viewer', 'editor', 'admin'] as const;

export const Role = Type.Enum(ROLES, {
  description: '`viewer` may read, `editor` may also upload and create, `admin` may do everything.',
});
export type Role = Static<typeof Role>;

const Password = (minLength: number) =>
  Type.String({ format: 'password', writeOnly: true, minLength, maxLength: 1024, description: 'The password.' });

export const Login = request(
  {
    username: Type.String({ minLength: 1, maxLength: 255 }),
    password: Password(1),
    grant_type: Type.Optional(Type.Enum(['password'], { description: 'OAuth 2 clients send it; may be left out.' })),
    session: Type.Optional(
      Type.Enum(['cookie'], {
        description: '`cookie`: for browsers, also keeps the token in a cookie that scripts cannot read.',
      }),
    ),
    scope: Type.Optional(Type.String({ maxLength: 1000, description: 'OAuth 2 clients send it; has no effect.' })),
    client_id: Type.Optional(Type.String({ maxLength: 1000, description: 'OAuth 2 clients send it; has no effect.' })),
    client_secret: Type.Optional(
      Type.String({
        format: 'password',
        writeOnly: true,
        maxLength: 1000,
        description: 'OAuth 2 clients send it; has no effect.',
      }),
    ),
  },
  { title: 'Login' },
);
export type Login = Static<typeof Login>;

export const AccessToken = answer(
  {
    access_token: Type.String({ description: 'Send it as `Authorization: Bearer <token>`.' }),
    token_type: Type.Enum(['bearer']),
    expires_in: Type.Integer({ description: 'Seconds until it expires.' }),
  },
  { title: 'AccessToken' },
);
export type AccessToken = Static<typeof AccessToken>;

export const OneTimeSignIn = request(
  {
    code: Type.String({
      format: 'password',
      writeOnly: true,
      minLength: 1,
      maxLength: 200,
      description: 'What stands behind `#code=` in a sign-in link.',
    }),
  },
  { title: 'OneTimeSignIn' },
);
export type OneTimeSignIn = Static<typeof OneTimeSignIn>;

export const SignInLink = answer(
  {
    url: Type.String({ description: 'A page that signs the browser that opens it in. It works once.' }),
    expires_in: Type.Integer({ description: 'Seconds until it expires.' }),
  },
  { title: 'SignInLink' },
);
export type SignInLink = Static<typeof SignInLink>;

export const User = answer(
  {
    id: uuidOf('Identifier of the user.'),
    username: Type.String(),
    role: Role,
    created_at: timestamp('When the user was added.'),
    disabled_at: nullable(timestamp('Time.'), 'Since when they may not sign in; null for who may.'),
  },
  { title: 'User' },
);
export type User = Static<typeof User>;

export const CreateUser = request(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]*$',
      description: 'Letters, digits and `._@+-`; unique, whatever its case.',
    }),
    password: Password(8),
    role: defaulted(Role, 'viewer'),
  },
  { title: 'CreateUser' },
);
export type CreateUser = Static<typeof CreateUser>;

export const UserListQuery = request(pageQuery);
export const UserList = answer({ users: Type.Array(User), ...pageAnswer }, { title: 'UserList' });
export type UserList = Static<typeof UserList>;

export const UserParams = request({ id: uuidOf('The user.') });

export const UserPatch = request(
  {
    role: Type.Optional(Role),
    disabled: Type.Optional(
      Type.Boolean({ description: 'Whether they may not sign in, and no token or link of theirs holds.' }),
    ),
  },
  { title: 'UserPatch', description: 'What is left out stays as it is.' },
);
export type UserPatch = Static<typeof UserPatch>;

export const NewPassword = request({ password: Password(8) }, { title: 'NewPassword' });
export type NewPassword = Static<typeof NewPassword>;

export const PasswordChange = request(
  { current_password: Password(1), password: Password(8) },
  { title: 'PasswordChange' },
);
export type PasswordChange = Static<typeof PasswordChange>;

export const UserDelete = request(
  {
    transfer_to: Type.Optional(
      uuidOf('The user who gets their datasets and jobs; the administrator who deletes them where left out.'),
    ),
  },
  { title: 'UserDelete' },
);
export type UserDelete = Static<typeof UserDelete>;

export const UserDeleted = answer(
  { transferred_datasets: Type.Integer({ minimum: 0, description: 'How many datasets have another owner now.' }) },
  { title: 'UserDeleted' },
);
export type UserDeleted = Static<typeof UserDeleted>;

export const TokenScope = Type.Enum(['read', 'write'], {
  description: '`read`: changes nothing, whatever its owner may. `write`: may do what its owner may.',
});
export type TokenScope = Static<typeof TokenScope>;

const apiKeyFields = {
  id: uuidOf('Identifier of the key.'),
  name: Type.String({ description: 'What its owner calls it.' }),
  scope: TokenScope,
  key_hint: Type.String({ description: 'Its first characters, to tell keys apart.' }),
  created_at: timestamp('When it was made.'),
  last_used_at: nullable(timestamp('Time.'), 'About when it was last used; null if never.'),
  expires_at: nullable(timestamp('Time.'), 'When it stops working; null if never.'),
};

export const ApiKey = answer(apiKeyFields, { title: 'ApiKey' });
export type ApiKey = Static<typeof ApiKey>;

export const ApiKeyListQuery = request(pageQuery);
export const ApiKeyList = answer({ api_keys: Type.Array(ApiKey), ...pageAnswer }, { title: 'ApiKeyList' });
export type ApiKeyList = Static<typeof ApiKeyList>;

export const CreateApiKey = request(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'What you call it.',
      'x-errors': { pattern: { type: 'value_error', msg: 'Value error, must not be blank' } },
    }),
    scope: defaulted(TokenScope, 'write'),
    expires_in_days: Type.Optional(
      nullable(Type.Integer({ minimum: 1, maximum: 3650 }), 'Days until it stops working; null or left out: never.'),
    ),
  },
  { title: 'CreateApiKey' },
);
export type CreateApiKey = Static<typeof CreateApiKey>;

export const CreatedApiKey = answer(
  { ...apiKeyFields, key: Type.String({ description: 'The key itself. It is shown this once and never again.' }) },
  { title: 'CreatedApiKey' },
);
export type CreatedApiKey = Static<typeof CreatedApiKey>;

export const ApiKeyParams = request({ id: uuidOf('The key.') });

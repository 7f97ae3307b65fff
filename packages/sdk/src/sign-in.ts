import {
  type AccessToken,
  type ApiKeyList,
  type CreateApiKey,
  type CreatedApiKey,
  type CreateUser,
  type Health,
  type QueryOf,
  type Readiness,
  type Routes,
  routes,
  type SignInLink,
  type Settings,
  type User,
  type UserList,
} from '@inlay/contract';
import { call, type CallOptions, type Endpoint } from './request.ts';

/** Who one is, and the server itself. */
export interface SignInCalls {
  /** A token to make another client with: `client.withToken(token.access_token)`. */
  login(username: string, password: string, options?: CallOptions): Promise<AccessToken>;
  /** Ends the session whose token the client has. */
  logout(options?: CallOptions): Promise<void>;
  /** A link that signs a browser in as the caller, once. */
  createSignInLink(options?: CallOptions): Promise<SignInLink>;
  me(options?: CallOptions): Promise<User>;
  listApiKeys(query?: QueryOf<Routes['listApiKeys']>, options?: CallOptions): Promise<ApiKeyList>;
  /** The key is shown this once. */
  createApiKey(body: CreateApiKey, options?: CallOptions): Promise<CreatedApiKey>;
  deleteApiKey(id: string, options?: CallOptions): Promise<void>;
  /** For administrators. */
  listUsers(query?: QueryOf<Routes['listUsers']>, options?: CallOptions): Promise<UserList>;
  /** For administrators. */
  createUser(body: CreateUser, options?: CallOptions): Promise<User>;
  health(options?: CallOptions): Promise<Health>;
  /** @throws ApiError `service_unavailable`, with the checks in its problem, while the server is not ready */
  ready(options?: CallOptions): Promise<Readiness>;
  /** What the server offers, the same for everyone. */
  settings(options?: CallOptions): Promise<Settings>;
}

export function signInCalls(endpoint: Endpoint): SignInCalls {
  return {
    login: (username, password, options) => call(endpoint, routes.login, { body: { username, password }, ...options }),
    logout: (options) => call(endpoint, routes.logout, { ...options }),
    createSignInLink: (options) => call(endpoint, routes.createSignInLink, { ...options }),
    me: (options) => call(endpoint, routes.me, { ...options }),
    listApiKeys: (query, options) => call(endpoint, routes.listApiKeys, { query, ...options }),
    createApiKey: (body, options) => call(endpoint, routes.createApiKey, { body, ...options }),
    deleteApiKey: (id, options) => call(endpoint, routes.deleteApiKey, { params: { id }, ...options }),
    listUsers: (query, options) => call(endpoint, routes.listUsers, { query, ...options }),
    createUser: (body, options) => call(endpoint, routes.createUser, { body, ...options }),
    health: (options) => call(endpoint, routes.health, { ...options }),
    ready: (options) => call(endpoint, routes.ready, { ...options }),
    settings: (options) => call(endpoint, routes.getSettings, { ...options }),
  };
}

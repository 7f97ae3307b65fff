import {
  type AccessToken,
  type ApiKeyList,
  type AuditList,
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
  type UserDeleted,
  type UserList,
  type UserPatch,
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
  /** For administrators. */
  getUser(id: string, options?: CallOptions): Promise<User>;
  /** Changes the role, or whether they may sign in. For administrators. */
  patchUser(id: string, changes: UserPatch, options?: CallOptions): Promise<User>;
  /** For administrators. */
  setUserPassword(id: string, password: string, options?: CallOptions): Promise<void>;
  /** Their datasets become `transferTo`'s, the caller's where left out. For administrators. */
  deleteUser(id: string, transferTo?: string, options?: CallOptions): Promise<UserDeleted>;
  /** Ends the caller's other sessions. */
  changePassword(current: string, password: string, options?: CallOptions): Promise<void>;
  /** Who changed what, the latest first. For administrators. */
  listAudit(query?: QueryOf<Routes['listAudit']>, options?: CallOptions): Promise<AuditList>;
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
    getUser: (id, options) => call(endpoint, routes.getUser, { params: { id }, ...options }),
    patchUser: (id, body, options) => call(endpoint, routes.patchUser, { params: { id }, body, ...options }),
    setUserPassword: (id, password, options) =>
      call(endpoint, routes.setUserPassword, { params: { id }, body: { password }, ...options }),
    deleteUser: (id, transferTo, options) =>
      call(endpoint, routes.deleteUser, {
        params: { id },
        body: transferTo === undefined ? {} : { transfer_to: transferTo },
        ...options,
      }),
    changePassword: (current, password, options) =>
      call(endpoint, routes.changePassword, { body: { current_password: current, password }, ...options }),
    listAudit: (query, options) => call(endpoint, routes.listAudit, { query, ...options }),
    health: (options) => call(endpoint, routes.health, { ...options }),
    ready: (options) => call(endpoint, routes.ready, { ...options }),
    settings: (options) => call(endpoint, routes.getSettings, { ...options }),
  };
}

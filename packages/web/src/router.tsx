import { AUDIT_ACTIONS, type AuditAction } from '@inlay/contract';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BASE_PATH } from './base.ts';
import { buildSearch } from './build/build-search.ts';
import { catalogueSearch } from './catalogue/catalogue-search.ts';
import { datasetSearch } from './dataset/picture.ts';
import { choiceParam, commonSearch, parseSearch, stringifySearch, textParam, uuidParam } from './search-params.ts';
import { PageError } from './shell/page-error.tsx';
import { PageMissing } from './shell/page-missing.tsx';
import { PagePending } from './shell/page-pending.tsx';
import { Shell } from './shell/shell.tsx';

// Every page, next to its address. `layout` says how the shell shows it: in the panel beside the map, or alone.

const root = createRootRoute({ component: Shell, validateSearch: commonSearch });

const catalogue = createRoute({
  getParentRoute: () => root,
  path: '/',
  staticData: { layout: 'map' },
  validateSearch: catalogueSearch,
  component: lazyRouteComponent(() => import('./catalogue/catalogue-page.tsx'), 'CataloguePage'),
});

const add = createRoute({
  getParentRoute: () => root,
  path: '/add',
  staticData: { layout: 'map' },
  validateSearch: (params): { how?: 'register' | undefined } => ({ how: choiceParam(params, 'how', ['register']) }),
  component: lazyRouteComponent(() => import('./add/add-page.tsx'), 'AddPage'),
});

const build = createRoute({
  getParentRoute: () => root,
  path: '/build',
  staticData: { layout: 'map' },
  /** `sources`: the datasets to begin with, as `selection.ts` writes them. */
  validateSearch: buildSearch,
  component: lazyRouteComponent(() => import('./build/build-page.tsx'), 'BuildPage'),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: '/datasets/$id',
  staticData: { layout: 'map' },
  validateSearch: datasetSearch,
  component: lazyRouteComponent(() => import('./dataset/dataset-page.tsx'), 'DatasetPage'),
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  staticData: { layout: 'page' },
  validateSearch: (params): { show?: 'active' | 'failed' | undefined } => ({
    show: choiceParam(params, 'show', ['active', 'failed']),
  }),
  component: lazyRouteComponent(() => import('./jobs/jobs-page.tsx'), 'JobsPage'),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  staticData: { layout: 'page' },
  /** `user`: the id of whose doings are shown. */
  validateSearch: (params): { action?: AuditAction | undefined; user?: string | undefined } => ({
    action: choiceParam(params, 'action', AUDIT_ACTIONS),
    user: uuidParam(params, 'user'),
  }),
  component: lazyRouteComponent(() => import('./activity/activity-page.tsx'), 'ActivityPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  staticData: { layout: 'page' },
  component: lazyRouteComponent(() => import('./account/account-page.tsx'), 'AccountPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  staticData: { layout: 'page' },
  /** `to`: the page to go on to. */
  validateSearch: (params): { to?: string | undefined } => ({ to: textParam(params, 'to') }),
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([catalogue, add, build, dataset, jobs, activity, account, signIn]),
  basepath: BASE_PATH,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: PageMissing,
  defaultPendingComponent: PagePending,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** `map`: in the panel beside the map. `page`: alone, the map stays out of sight. */
    readonly layout?: 'map' | 'page';
  }
}

import type { DatasetAccess, DatasetPatch, ValidationItem } from '@inlay/contract';
import { composeQuicklook } from '@inlay/tiler';
import type { Kysely } from 'kysely';
import { accessTo, type Actor, isWider } from '../access.ts';
import { type Cause, recordChange } from '../audit/audit-store.ts';
import { actorOfUser } from '../auth/user-store.ts';
import {
  type DatasetRow,
  deleteDataset,
  type Dependent,
  findDataset,
  findDependents,
  listDatasets,
  lockDataset,
  lockLinks,
  resolveDefinitions,
  updateDataset,
} from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { removeDoomedObjects } from '../catalog/doomed-store.ts';
import { QUICKLOOK_SIZE } from '../catalog/quicklook.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import { failExportsOf, forgetExportsOf } from '../exports/export-store.ts';
import type { Worker } from '../jobs/worker.ts';
import type { Log } from '../log.ts';
import { accessDataset, type OpenedLink, type PixelAccessDeps } from '../pixels/pixel-access.ts';
import { linkSearch } from '../pixels/signed-links.ts';
import { readAll } from '../storage/read-all.ts';
import type { Storage } from '../storage/storage.ts';
import { cancelBuilds } from '../virtual-rasters/change-store.ts';
import { confirmSources, findExposedSources, withdrawConfirmation } from '../virtual-rasters/confirmation-store.ts';
import { confirmationRequired } from '../virtual-rasters/exposure.ts';
import { lockShownGeneration } from '../virtual-rasters/generation-store.ts';
import { countHealth, healthOf, setAutoRegenerate } from '../virtual-rasters/health-store.ts';
import { signedIn } from './auth.ts';
import { ANSWERED, type Call, type Handlers } from './bind.ts';
import { baseUrlOf, cacheFor } from './caching.ts';
import { changeableDataset, managedDataset, requireManager, shownDataset } from './dataset-calls.ts';
import { filterOf } from './dataset-filter.ts';
import { datasetJson } from './dataset-json.ts';
import { faultOf } from './pixel-calls.ts';
import { evaluatePreconditions } from './send-object.ts';

export interface DatasetsDeps extends PixelAccessDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
  readonly publicUrl: string | null;
  /** Null in a process that only answers requests. */
  readonly worker: Worker | null;
  readonly log: Log;
}

type DatasetHandlers = Pick<Handlers, 'listDatasets' | 'getDataset' | 'patchDataset' | 'deleteDataset' | 'quicklook'>;

export function datasetHandlers(deps: DatasetsDeps): DatasetHandlers {
  const { db, definitions, storage, log } = deps;

  /** @param by the link that they were found by, and what the caller may do then */
  async function show(
    rows: readonly DatasetRow[],
    { actor, request }: Pick<Call<never>, 'request' | 'actor'>,
    by: { readonly link: OpenedLink; readonly access: DatasetAccess } | null = null,
  ) {
    const { crs, layouts } = await resolveDefinitions(db, definitions, rows);
    const baseUrl = baseUrlOf(request, deps.publicUrl);
    const virtual = rows.filter((row) => row.record_type === 'vrt_dataset').map(({ id }) => id);
    const health = virtual.length === 0 ? new Map() : await healthOf(db, virtual);
    return rows.map((row) => {
      const layout = layouts.get(row.layout_id);
      if (layout === undefined) throw new Error(`dataset ${row.id} names layout ${row.layout_id}, which is not stored`);
      const rowCrs = row.crs_id === null ? undefined : crs.get(row.crs_id);
      const links = { baseUrl, search: linkSearch(by?.link ?? null) };
      return datasetJson(row, rowCrs, layout, links, {
        health: health.get(row.id) ?? null,
        access: by?.access ?? { ...accessTo(actor, row), pixels: row.shows_pixels, files: row.shows_pixels },
        isSignedIn: actor !== null,
      });
    });
  }

  /** What the holder of a link may do: a link takes nothing from what they may by themselves. */
  async function accessByLink(actor: Actor | null, id: string, link: OpenedLink): Promise<DatasetAccess> {
    const own = await findDataset(db, actor, id);
    const files = link.opensFiles || own?.shows_pixels === true;
    return { ...(own === undefined ? { level: 'view', by: 'link' } : accessTo(actor, own)), pixels: true, files };
  }

  /** Changes what is stated of a dataset, who sees it, and what of its sources is shared; all of it, or nothing. */
  async function change(actor: Actor, row: DatasetRow, body: DatasetPatch, cause: Cause): Promise<void> {
    const { confirm_public_sources: confirms, auto_regenerate: isAutomatic, ...stated } = body;
    const { visibility = row.visibility } = stated;
    await db.transaction().execute(async (trx) => {
      await lockDataset(trx, row.id);
      if (confirms === true) {
        const owner = await actorOfUser(trx, row.created_by);
        const count =
          owner === null ? 0 : await confirmSources(trx, { datasetId: row.id, owner, confirmedBy: actor.userId });
        await record(trx, 'vrt.confirm_sources', { sources: count });
      }
      if (confirms === false && (await withdrawConfirmation(trx, row.id))) {
        await record(trx, 'vrt.withdraw_confirmation', {});
      }
      if (confirms === undefined && row.generation_id !== null && isWider(visibility, row.visibility)) {
        const exposed = await findExposedSources(trx, actor, row.id, { visibility });
        if (exposed !== null) throw new ValidationError([confirmationRequired(exposed, `it is ${visibility}`)]);
      }
      if (isAutomatic !== undefined) await setAutoRegenerate(trx, row.id, isAutomatic);
      const changed = changesOf(row, isAutomatic === undefined ? stated : { ...stated, auto_regenerate: isAutomatic });
      await updateDataset(trx, row.id, stated);
      if (Object.keys(changed).length > 0) await record(trx, 'dataset.change', changed);
    });

    async function record(
      trx: Parameters<typeof recordChange>[0],
      action: 'dataset.change' | 'vrt.confirm_sources' | 'vrt.withdraw_confirmation',
      details: Readonly<Record<string, unknown>>,
    ): Promise<void> {
      await recordChange(trx, cause, { action, datasetId: row.id, subjectName: row.title, details });
    }
  }

  return {
    listDatasets: async (call) => {
      const { query } = call;
      if (query.health !== undefined) await countHealth(db);
      const { rows, total } = await listDatasets(db, call.actor, {
        ...filterOf(query),
        sort: {
          by: query.sort.replace('-', '') as 'created_at' | 'updated_at' | 'title',
          order: query.sort.startsWith('-') ? 'desc' : 'asc',
        },
        limit: query.limit,
        skip: query.skip,
      });
      return { datasets: await show(rows, call), total, limit: query.limit, skip: query.skip };
    },

    getDataset: async (call) => {
      const { actor, params, query } = call;
      const { row, by } = await accessDataset(deps, params.id, { actor, link: query }, isShare);
      const [dataset] = await show(
        [row],
        call,
        by === null ? null : { link: by, access: await accessByLink(actor, row.id, by) },
      );
      return dataset as NonNullable<typeof dataset>;
    },

    patchDataset: async (call) => {
      const { actor, params, body, requestId } = call;
      const row = await changeableDataset(db, actor, params.id);
      const caller = signedIn(actor);
      const { visibility = row.visibility, confirm_public_sources: confirms } = body;
      if (visibility !== row.visibility || confirms !== undefined) requireManager(caller, row);
      if (row.generation_id === null) refuseForRasters(body);
      await change(caller, row, body, { actor: caller, requestId });
      const [dataset] = await show([await shownDataset(db, actor, row.id)], call);
      return dataset as NonNullable<typeof dataset>;
    },

    deleteDataset: async ({ actor, params, body, requestId }) => {
      const row = await managedDataset(db, actor, params.id);
      const caller = signedIn(actor);
      if (body.confirm_title !== row.title) {
        throw new ServerError(
          'title_mismatch',
          'confirm_title is not the title of this dataset. Send its exact title to delete it.',
        );
      }
      const ended = await db.transaction().execute(async (trx) => {
        await lockLinks(trx, 'delete');
        await lockDataset(trx, row.id);
        const dependents = await findDependents(trx, caller, row.id);
        if (dependents.length > 0) throw inUse(row, dependents);
        if (row.generation_id !== null) await lockShownGeneration(trx, row.id);
        const jobIds = [...(await cancelBuilds(trx, row.id)), ...(await failExportsOf(trx, row.id))];
        await forgetExportsOf(trx, row.id);
        await deleteDataset(trx, row.id);
        const facts = { datasetId: row.id, subjectName: row.title, details: { record_type: row.record_type } };
        await recordChange(trx, { actor: caller, requestId }, { action: 'dataset.delete', ...facts });
        return jobIds;
      });
      for (const jobId of ended) deps.worker?.interrupt(jobId);
      // What cannot be removed now is tried again by the next clean-up.
      await removeDoomedObjects(db, storage).catch((error: unknown) =>
        log.warn({ err: error }, 'objects of a deleted dataset remain'),
      );
      return undefined;
    },

    quicklook: async ({ actor, params, query, request, reply }) => {
      const { row } = await accessDataset(deps, params.id, { actor, link: query }, opensPixels);
      if (row.quicklook_key === null || !row.shows_pixels) throw notFound('thumbnail (yet)');
      const etag = `"${row.quicklook_key.replaceAll(/[^0-9a-zA-Z]/g, '')}-${query.size}"`;
      const headers = { etag, 'cache-control': cacheFor(row.visibility) };
      if (evaluatePreconditions(request.headers, { etag, lastModified: null }) === 'not-modified') {
        reply.headers(headers).code(304).send();
        return ANSWERED;
      }
      const stored = await readAll(storage, row.quicklook_key);
      const png = query.size < QUICKLOOK_SIZE ? await smaller(stored, row, query.size) : stored;
      reply.headers(headers).type('image/png').send(png);
      return ANSWERED;
    },
  };
}

/** @throws ValidationError where something is stated that only virtual rasters have */
function refuseForRasters({ confirm_public_sources: confirms, auto_regenerate: isAutomatic }: DatasetPatch): void {
  const faults: ValidationItem[] = [];
  if (confirms !== undefined) {
    faults.push(faultOf(['body', 'confirm_public_sources'], 'only virtual rasters have sources', confirms));
  }
  if (isAutomatic !== undefined) {
    faults.push({
      loc: ['body', 'auto_regenerate'],
      msg: 'Only virtual rasters are built of others: leave it out',
      type: 'invalid_option',
      input: isAutomatic,
      ctx: { field: 'auto_regenerate', expected: 'vrt_dataset', actual: 'raster_dataset' },
    });
  }
  if (faults.length > 0) throw new ValidationError(faults);
}

/** A link of the dataset itself, of whatever right. */
function opensPixels({ terms }: OpenedLink): boolean {
  return terms.right !== 'source';
}

/** What was made for people to look at the dataset; other links are for programs that draw it. */
function isShare({ terms }: OpenedLink): boolean {
  return terms.bearer.kind === 'share' && opensPixels({ terms } as OpenedLink);
}

/** What of a dataset is stated otherwise now: from what, to what. */
function changesOf(row: DatasetRow, stated: DatasetPatch): Record<string, readonly [unknown, unknown]> {
  const former = { ...row, datetime: row.taken_at?.toISOString() ?? null, confirm_public_sources: undefined };
  return Object.fromEntries(
    (Object.keys(stated) as (keyof DatasetPatch)[])
      .filter((field) => stated[field] !== former[field])
      .map((field) => [field, [former[field], stated[field]]]),
  );
}

/** The stored picture, reduced: a mosaic of one, its bytes left as they are. */
async function smaller(png: Buffer, { quicklook }: DatasetRow, size: number): Promise<Buffer> {
  const { width, height, stretch } = quicklook ?? { width: size, height: size, stretch: [{ lo: 0, hi: 255 }] };
  const member = {
    dstRect: { xOff: 0, yOff: 0, xSize: width, ySize: height },
    png,
    stretch: stretch.map(() => ({ lo: 0, hi: 255 })),
  };
  return (await composeQuicklook([member], { width, height, size })).png;
}

function inUse(row: DatasetRow, dependents: readonly Dependent[]): ServerError {
  const count = dependents.length;
  return new ServerError(
    'dataset_in_use',
    `"${row.title}" is a source of ${count === 1 ? 'a virtual raster' : `${count} virtual rasters`}. Delete ${count === 1 ? 'it' : 'them'} first.`,
    {
      details: {
        dependent_vrts: dependents
          .filter((dependent) => dependent.shown)
          .map(({ id, title }) => ({ vrt_dataset_id: id, vrt_dataset_title: title })),
      },
    },
  );
}

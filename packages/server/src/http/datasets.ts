import type { ValidationItem } from '@inlay/contract';
import { composeQuicklook } from '@inlay/tiler';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import {
  type DatasetRow,
  deleteDataset,
  type Dependent,
  findDataset,
  findDependents,
  listDatasets,
  lockLinks,
  resolveDefinitions,
  updateDataset,
} from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { removeDoomedObjects } from '../catalog/doomed-store.ts';
import { QUICKLOOK_SIZE } from '../catalog/quicklook.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import type { Worker } from '../jobs/worker.ts';
import type { Log } from '../log.ts';
import { bearerOf, type PixelAccessDeps } from '../pixels/pixel-access.ts';
import type { Storage } from '../storage/storage.ts';
import { cancelBuilds } from '../virtual-rasters/change-store.ts';
import { countHealth, healthOf, setAutoRegenerate } from '../virtual-rasters/health-store.ts';
import { signedIn } from './auth.ts';
import { ANSWERED, type Call, type Handlers } from './bind.ts';
import { baseUrlOf, cacheFor } from './caching.ts';
import { filterOf } from './dataset-filter.ts';
import { datasetJson } from './dataset-json.ts';
import { changeableDataset, visibleDataset } from './find-dataset.ts';
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

  async function show(rows: readonly DatasetRow[], call: Pick<Call<never>, 'request'>) {
    const { crs, layouts } = await resolveDefinitions(db, definitions, rows);
    const baseUrl = baseUrlOf(call.request, deps.publicUrl);
    const virtual = rows.filter((row) => row.record_type === 'vrt_dataset').map(({ id }) => id);
    const health = virtual.length === 0 ? new Map() : await healthOf(db, virtual);
    return rows.map((row) => {
      const layout = layouts.get(row.layout_id);
      if (layout === undefined) throw new Error(`dataset ${row.id} names layout ${row.layout_id}, which is not stored`);
      return datasetJson(
        row,
        row.crs_id === null ? undefined : crs.get(row.crs_id),
        layout,
        baseUrl,
        health.get(row.id) ?? null,
      );
    });
  }

  const visible = (actor: Actor | null, id: string): Promise<DatasetRow> => visibleDataset(db, actor, id);
  const changeable = (actor: Actor | null, id: string): Promise<DatasetRow> => changeableDataset(db, actor, id);

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
      const [dataset] = await show([await visible(call.actor, call.params.id)], call);
      return dataset as NonNullable<typeof dataset>;
    },

    patchDataset: async (call) => {
      const row = await changeable(call.actor, call.params.id);
      const { auto_regenerate: isAutomatic, ...stated } = call.body;
      if (isAutomatic !== undefined && row.record_type !== 'vrt_dataset')
        throw new ValidationError([onlyVirtual(isAutomatic)]);
      await db.transaction().execute(async (trx) => {
        await updateDataset(trx, row.id, stated);
        if (isAutomatic !== undefined) await setAutoRegenerate(trx, row.id, isAutomatic);
      });
      const [dataset] = await show([await visible(call.actor, row.id)], call);
      return dataset as NonNullable<typeof dataset>;
    },

    deleteDataset: async ({ actor, params, body }) => {
      const row = await changeable(actor, params.id);
      if (body.confirm_title !== row.title) {
        throw new ServerError(
          'title_mismatch',
          'confirm_title is not the title of this dataset. Send its exact title to delete it.',
        );
      }
      const cancelled = await db.transaction().execute(async (trx) => {
        await lockLinks(trx, 'delete');
        const dependents = await findDependents(trx, signedIn(actor), row.id);
        if (dependents.length > 0) throw inUse(row, dependents);
        const jobIds = await cancelBuilds(trx, row.id);
        await deleteDataset(trx, row.id);
        return jobIds;
      });
      for (const jobId of cancelled) deps.worker?.interrupt(jobId);
      // What cannot be removed now is tried again by the next clean-up.
      await removeDoomedObjects(db, storage).catch((error: unknown) =>
        log.warn({ err: error }, 'objects of a deleted dataset remain'),
      );
      return undefined;
    },

    quicklook: async ({ actor, params, query, request, reply }) => {
      const bearer = await bearerOf(deps, params.id, query);
      const byLink = bearer.actor === null ? undefined : await findDataset(db, bearer.actor, params.id);
      const row = byLink ?? (await visible(actor, params.id));
      if (row.quicklook_key === null) throw notFound('thumbnail (yet)');
      const etag = `"${row.quicklook_key.replaceAll(/[^0-9a-zA-Z]/g, '')}-${query.size}"`;
      const headers = { etag, 'cache-control': cacheFor(row.visibility) };
      if (evaluatePreconditions(request.headers, { etag, lastModified: null }) === 'not-modified') {
        reply.headers(headers).code(304).send();
        return ANSWERED;
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of await storage.get(row.quicklook_key, {})) chunks.push(chunk as Uint8Array);
      const stored = Buffer.concat(chunks);
      const png = query.size < QUICKLOOK_SIZE ? await smaller(stored, row, query.size) : stored;
      reply.headers(headers).type('image/png').send(png);
      return ANSWERED;
    },
  };
}

function onlyVirtual(input: boolean): ValidationItem {
  return {
    loc: ['body', 'auto_regenerate'],
    msg: 'Only virtual rasters are built of others: leave it out',
    type: 'invalid_option',
    input,
    ctx: { field: 'auto_regenerate', expected: 'vrt_dataset', actual: 'raster_dataset' },
  };
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

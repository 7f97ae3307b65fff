import { parseQuery, UploadFields, type ValidationItem } from '@inlay/contract';
import { registerRasters, type RegisterDeps } from '../catalog/register.ts';
import {
  checkCommit,
  type CommitFields,
  commitUpload,
  findUpload,
  receiveAndCommit,
  receiveUpload,
  type UploadDeps,
} from '../catalog/uploads.ts';
import { isUrl } from '../catalog/source-roots.ts';
import { ServerError, ValidationError } from '../error.ts';
import { isObject } from '../s3/object-place.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';
import { queueing } from './queueing.ts';
import { withUploadForm } from './upload-form.ts';
import { previewOf } from './upload-preview.ts';

type IngestHandlers = Pick<
  Handlers,
  'uploadRaster' | 'previewUpload' | 'commitUpload' | 'registerRasters' | 'listSourceRoots'
>;

export function ingestHandlers(deps: UploadDeps & RegisterDeps): IngestHandlers {
  return {
    uploadRaster: async ({ actor, query, request, reply, requestId, signal }) => {
      const caller = signedIn(actor);
      return await withUploadForm(request, async ({ fields, filename, bytes }) => {
        const parsed = parseQuery(UploadFields, fields, ['body']);
        if (!parsed.ok) throw new ValidationError(parsed.items);
        if (!query.commit && Object.keys(fields).length > 0)
          throw new ValidationError(Object.keys(fields).map(strayField));
        // Before the file arrives: with what it is to become refused, it would have arrived for nothing.
        await checkCommit(parsed.value);
        const file = { filename, bytes };
        if (!query.commit) {
          const job = await receiveUpload(deps, caller, file, { requestId, signal });
          const name = job.source_filename ?? 'the file';
          reply.code(201);
          return { job_id: job.id, status: 'pending', message: `Uploaded ${name}. Commit the job to catalogue it.` };
        }
        const titleFor = (name: string): string => parsed.value.title ?? (name.replace(/\.[^.]*$/, '') || name);
        const fieldsFor = (name: string): CommitFields => ({ ...parsed.value, title: titleFor(name) });
        const job = await queueing(() => receiveAndCommit(deps, caller, file, fieldsFor, { requestId, signal }));
        const name = job.source_filename ?? 'the file';
        const title = titleFor(name);
        reply.code(202);
        return { job_id: job.id, status: 'accepted', message: `Uploaded ${name}; cataloguing it as "${title}"` };
      });
    },

    previewUpload: async ({ actor, params, signal }) => {
      const { job, input } = await findUpload(deps, signedIn(actor), params.job_id);
      if (input.stored === null || (await deps.storage.stat(input.stored.key)) === null) {
        throw job.status === 'pending'
          ? new ServerError('upload_not_ready', `"${input.filename}" is still arriving.`)
          : new ServerError('upload_already_committed', 'The uploaded file is no longer kept.');
      }
      return await previewOf(deps.storage, { id: job.id, filename: input.filename }, input.stored, signal);
    },

    commitUpload: async ({ actor, params, body }) => {
      const job = await queueing(() => commitUpload(deps, signedIn(actor), params.job_id, body));
      return {
        job_id: job.id,
        status: 'accepted',
        message: `Cataloguing ${job.source_filename ?? 'the upload'} as "${body.title}"`,
      };
    },

    registerRasters: async ({ actor, body, requestId }) => {
      const { jobId, message } = await queueing(() => registerRasters(deps, signedIn(actor), body, requestId));
      return { job_id: jobId, status: 'accepted', message };
    },

    listSourceRoots: async () => ({
      roots: deps.sourceRoots.map((location) => ({ kind: rootKind(location), location })),
    }),
  };
}

function rootKind(root: string): 'folder' | 'url' | 'bucket' {
  if (isObject(root)) return 'bucket';
  return isUrl(root) ? 'url' : 'folder';
}

function strayField(name: string): ValidationItem {
  return {
    loc: ['body', name],
    msg: 'Fields are read with ?commit=true only; send this one to the commit call',
    type: 'extra_forbidden',
    input: null,
  };
}

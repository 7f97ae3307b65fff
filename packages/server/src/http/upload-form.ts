import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { fileItem } from '../catalog/uploads.ts';
import { ServerError, ValidationError } from '../error.ts';

/** A form with one file, read up to where that file begins. */
export interface UploadForm {
  /** What came before the file; a list where a name was given more than once. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly filename: string;
  /** Ends in an error where anything follows the file: what was read of it is then not to be kept. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Reads a form as far as its file and hands it to `use`. Whatever `use` leaves unread is read and dropped: a client that
 * is still sending would otherwise never see the answer.
 *
 * @throws ValidationError, ServerError `unsupported_media_type` or `bad_request` where it is no form with a file
 */
export async function withUploadForm<T>(request: FastifyRequest, use: (form: UploadForm) => Promise<T>): Promise<T> {
  if (!request.isMultipart()) {
    throw new ServerError('unsupported_media_type', 'Send the file as multipart/form-data, in a part named "file".');
  }
  try {
    return await use(await readToFile(request.parts()));
  } finally {
    request.raw.unpipe();
    request.raw.resume();
  }
}

type Parts = AsyncIterator<Multipart>;

async function readToFile(parts: Parts): Promise<UploadForm> {
  const fields = new Map<string, string[]>();
  for (let part = await nextPart(parts); part !== null; part = await nextPart(parts)) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file')
        throw new ValidationError([strayPart(part, 'The file goes into the part named "file"')]);
      return {
        fields: Object.fromEntries(
          [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
        ),
        filename: part.filename,
        bytes: toTheEnd(part.file, parts),
      };
    }
    const value = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
    fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), value]);
  }
  throw new ValidationError([
    fileItem('missing', 'Field required: send the raster in a part named "file", after any other fields'),
  ]);
}

async function* toTheEnd(file: AsyncIterable<Uint8Array>, parts: Parts): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (error) {
    throw explained(error);
  }
  const late = await nextPart(parts);
  if (late !== null)
    throw new ValidationError([strayPart(late, 'Nothing may follow the file: send fields before it, and one file')]);
}

async function nextPart(parts: Parts): Promise<Multipart | null> {
  try {
    const next = await parts.next();
    return next.done === true ? null : next.value;
  } catch (error) {
    throw explained(error);
  }
}

/** The form parser's own errors have no code, but say in a few words what is wrong with the form. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error;
  return new ServerError('bad_request', `The form cannot be read: ${error.message}.`, { cause: error });
}

function strayPart(part: Multipart, msg: string) {
  return { loc: ['body', part.fieldname], msg, type: 'extra_forbidden', input: null };
}

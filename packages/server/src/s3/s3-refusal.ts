import { childText, parseXml } from '@inlay/geotiff';

/** What a store answers in place of an object or a list. */
export interface S3Refusal {
  readonly status: number;
  /** S3 API Reference, "Error responses"; null where the answer has none. */
  readonly code: string | null;
}

/** Answers of stores are a few hundred bytes. */
const MAX_BYTES = 16 * 1024;

/** Reads why a store refuses; what else its answer says, signatures among it, is left there. */
export async function readRefusal(response: Response): Promise<S3Refusal> {
  const root = parseXml(await shortText(response));
  const code = root === null ? null : childText(root, 'Code');
  return { status: response.status, code: code !== null && /^[A-Za-z0-9]{1,64}$/.test(code) ? code : null };
}

async function shortText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (bytes > MAX_BYTES) return '';
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  AccessDenied: "may not be read with this server's AWS credentials",
  AllAccessDisabled: 'may not be read by anybody',
  AuthorizationHeaderMalformed: 'cannot be read: the request was signed for another region. Check AWS_REGION',
  ExpiredToken: "cannot be read: this server's AWS session has ended. Check AWS_SESSION_TOKEN",
  IllegalLocationConstraintException: 'cannot be read: its bucket is in another region. Check AWS_REGION',
  InvalidAccessKeyId: 'cannot be read: the store does not know the access key. Check AWS_ACCESS_KEY_ID',
  InvalidObjectState: 'is archived: restore it first',
  InvalidToken: 'cannot be read: the store does not accept the session. Check AWS_SESSION_TOKEN',
  NoSuchBucket: 'cannot be read: there is no such bucket',
  NoSuchKey: 'does not exist in its bucket',
  PermanentRedirect: 'cannot be read: its bucket is in another region. Check AWS_REGION',
  RequestTimeTooSkewed: "cannot be read: the clocks of this server and the store's differ",
  SignatureDoesNotMatch: 'cannot be read: the store does not accept the signature. Check AWS_SECRET_ACCESS_KEY',
  SlowDown: 'cannot be read now: the store asks for fewer requests. Try again later',
};

/** A refusal in words that go on after the name of what was asked for. */
export function refusalReason({ status, code }: S3Refusal): string {
  const known = code === null ? undefined : REASONS[code];
  if (known !== undefined) return known;
  if (status === 404) return 'does not exist in its bucket';
  if (status === 401 || status === 403) return "may not be read with this server's AWS credentials";
  return `cannot be read: the store answers ${status}${code === null ? '' : ` ${code}`}`;
}

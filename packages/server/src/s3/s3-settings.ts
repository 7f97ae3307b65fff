/** How buckets are reached, as the operator's `AWS_*` variables say. */
export interface S3Settings {
  /** Of a store other than Amazon's, without a slash at the end. */
  readonly endpoint: string | null;
  /** Null: where the bucket is, for Amazon's; else `us-east-1`. */
  readonly region: string | null;
  /** Whether the bucket is part of the path, not of the host. */
  readonly isPathStyle: boolean;
  /** Nothing is signed: for public buckets. */
  readonly isAnonymous: boolean;
  /** Null: found as Amazon's own tools find them. */
  readonly keys: AccessKeys | null;
}

/** What requests are signed with. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/**
 * Reads the variables that Amazon's tools and GDAL have in common.
 *
 * @param env empty ones count as unset
 * @param onProblem takes a sentence for each variable that cannot be used; none repeats a secret
 */
export function readS3Settings(
  env: Readonly<Record<string, string | undefined>>,
  onProblem: (problem: string) => void,
): S3Settings {
  const text = (name: string): string | null => env[name]?.trim() || null;
  const flag = (name: string): boolean | null => {
    const value = text(name);
    if (value === null) return null;
    if (/^(yes|true|on|1)$/i.test(value)) return true;
    if (/^(no|false|off|0)$/i.test(value)) return false;
    onProblem(`${name} is "${value}": expected YES or NO`);
    return null;
  };
  const endpoint = text('AWS_ENDPOINT_URL_S3') ?? text('AWS_ENDPOINT_URL');
  if (endpoint !== null && !isPlainUrl(endpoint)) {
    onProblem('AWS_ENDPOINT_URL is not usable: expected https://host, without user, query or fragment');
  }
  const region = text('AWS_REGION') ?? text('AWS_DEFAULT_REGION');
  if (region !== null && !/^[a-z0-9-]{1,63}$/.test(region))
    onProblem(`AWS_REGION is "${region}": expected a name as eu-central-1`);
  const [accessKeyId, secretAccessKey] = [text('AWS_ACCESS_KEY_ID'), text('AWS_SECRET_ACCESS_KEY')];
  if ((accessKeyId === null) !== (secretAccessKey === null))
    onProblem('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both or neither');
  const isVirtual = flag('AWS_VIRTUAL_HOSTING');
  return {
    endpoint: endpoint?.replace(/\/+$/, '') ?? null,
    region,
    isPathStyle: isVirtual === null ? endpoint !== null : !isVirtual,
    isAnonymous: flag('AWS_NO_SIGN_REQUEST') ?? false,
    keys:
      accessKeyId === null || secretAccessKey === null
        ? null
        : { accessKeyId, secretAccessKey, sessionToken: text('AWS_SESSION_TOKEN') },
  };
}

/** For logs: nothing of a key. */
export function describeS3({ endpoint, region, isAnonymous, keys }: S3Settings): string {
  const host = endpoint === null ? 'Amazon S3' : new URL(endpoint).host;
  const signed = isAnonymous ? 'unsigned' : keys === null ? 'signed as AWS tools do' : 'signed with AWS_ACCESS_KEY_ID';
  return `${host}, ${region ?? 'any region'}, ${signed}`;
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

/** What a {@link CodedError} carries beside its message. */
export interface CodedErrorOptions {
  /** The offending values, for logs and for the `ctx` of an answer. Never paths, SQL or secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * An error with a stable code out of a closed set. Each package derives one class from it; the server's
 * one table maps codes to HTTP statuses.
 */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `error` carries one of our codes; holds across copies of a package, where `instanceof` fails. */
export function isCodedError(error: unknown): error is CodedError<string> {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string' && 'details' in error;
}

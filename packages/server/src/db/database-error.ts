import { CodedError } from '@inlay/geo';

export type DatabaseErrorCode =
  /** Another process works on the same data folder. `details.pid` names it where known. */
  | 'database/in-use'
  /** The data folder was written by another PostgreSQL major version. */
  | 'database/version-mismatch'
  /** The data folder cannot be created or written. */
  | 'database/not-writable'
  /** Too little space left where the data folder is. */
  | 'database/disk-full'
  /** The embedded database could not be opened, or ended while it was in use. */
  | 'database/engine-failed'
  /** The PostgreSQL server does not answer, or refuses the credentials. */
  | 'database/unreachable'
  /** A 64-bit integer that JavaScript's numbers cannot hold exactly. */
  | 'database/unsafe-integer';

/** What the database layer throws itself. Errors of SQL statements stay what `pg` throws. */
export class DatabaseError extends CodedError<DatabaseErrorCode> {}

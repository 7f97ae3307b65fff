import type { pino } from 'pino';

/** Structured log lines (JSON, on standard error). Never give it tokens, passwords or whole request bodies. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(context: object): Log };

import { type Static, Type } from 'typebox';
import { answer } from './schema.ts';

export const Health = answer(
  { status: Type.Enum(['ok']), version: Type.String({ description: 'Version of the server.' }) },
  { title: 'Health' },
);
export type Health = Static<typeof Health>;

const Check = Type.Enum(['ok', 'failed']);

export const Readiness = answer(
  {
    status: Type.Enum(['ready', 'not_ready']),
    checks: answer({ database: Check, queue: Check, storage: Check }),
  },
  { title: 'Readiness' },
);
export type Readiness = Static<typeof Readiness>;

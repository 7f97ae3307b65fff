import { type Static, Type } from 'typebox';
import { answer, defaulted, request } from './schema.ts';

export const GARBAGE_KINDS = [
  'old_generations',
  'unused_versions',
  'stale_uploads',
  'expired_exports',
  'expired_sign_ins',
  'old_jobs',
  'doomed_objects',
  'orphan_objects',
] as const;

export const GarbageKind = Type.Enum(GARBAGE_KINDS, {
  description:
    '`old_generations`: builds beyond those that are kept. `unused_versions`: former versions of rasters that no kept build ' +
    'was made of. `stale_uploads`: uploads that nobody committed or tried again for a day. `expired_exports`: files that ' +
    'exports made, which are kept for a day. `expired_sign_ins`: tokens and sign-in links. `old_jobs`: jobs that ended 30 days ago, 90 where they failed. `doomed_objects`: files of what was ' +
    'deleted. `orphan_objects`: files of over a day that nothing names, as a process leaves them that is killed.',
});
export type GarbageKind = Static<typeof GarbageKind>;

export const CollectGarbage = request(
  {
    delete: defaulted(
      Type.Boolean({ description: 'Whether it is removed; else it is only told what would be.' }),
      false,
    ),
  },
  { title: 'CollectGarbage' },
);
export type CollectGarbage = Static<typeof CollectGarbage>;

export const GarbageReport = answer(
  {
    dry_run: Type.Boolean({ description: 'Whether everything is as it was.' }),
    items: Type.Array(
      answer({
        kind: GarbageKind,
        count: Type.Integer({ minimum: 0 }),
        bytes: Type.Integer({
          minimum: 0,
          description: 'What the files take that go with it; of doomed objects, the first thousand.',
        }),
        examples: Type.Array(Type.String(), { description: 'Names of some of the files in storage.' }),
      }),
      { description: 'Every kind, whether there is any of it or not.' },
    ),
  },
  { title: 'GarbageReport' },
);
export type GarbageReport = Static<typeof GarbageReport>;

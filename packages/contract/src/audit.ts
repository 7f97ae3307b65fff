import { type Static, Type } from 'typebox';
import { answer, nullable, request } from './schema.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { timestamp, uuidOf } from './scalars.ts';

/** What is written down of who changed what. */
export const AUDIT_ACTIONS = [
  'dataset.create',
  'dataset.change',
  'dataset.replace',
  'dataset.delete',
  'dataset.check_files',
  'dataset.grant',
  'dataset.revoke',
  'dataset.share',
  'dataset.unshare',
  'vrt.change',
  'vrt.confirm_sources',
  'vrt.withdraw_confirmation',
  'job.cancel',
  'job.retry',
  'user.create',
  'user.change',
  'user.password',
  'user.delete',
  'token.create',
  'token.revoke',
  'session.begin',
  'session.end',
  'garbage.collect',
] as const;

export const AuditAction = Type.Enum(AUDIT_ACTIONS, { description: 'What was done.' });
export type AuditAction = Static<typeof AuditAction>;

export const AuditEntry = answer(
  {
    id: Type.Integer({ description: 'Grows with time.' }),
    at: timestamp('When.'),
    action: AuditAction,
    actor_id: nullable(uuidOf('User.'), 'Who did it; null for nobody who was signed in.'),
    actor_name: nullable(Type.String(), 'What they were called then.'),
    token_id: nullable(uuidOf('Token.'), 'The session or API key that they came with; null where a job did it.'),
    request_id: nullable(Type.String(), 'The request that asked for it: the server’s log has the same.'),
    dataset_id: nullable(uuidOf('Dataset.'), 'The dataset that it is about.'),
    subject_id: nullable(uuidOf('Subject.'), 'The user, token, share or job that it is about.'),
    subject_name: nullable(Type.String(), 'What that, or the dataset, was called then.'),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'What was changed, in few words.' }),
  },
  { title: 'AuditEntry' },
);
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditListQuery = request({
  ...pageQuery,
  dataset_id: Type.Optional(uuidOf('What was done to this dataset.')),
  actor_id: Type.Optional(uuidOf('What this user did.')),
  action: Type.Optional(AuditAction),
});
export const HistoryQuery = request(pageQuery);
export const AuditList = answer(
  { entries: Type.Array(AuditEntry, { description: 'The latest first.' }), ...pageAnswer },
  { title: 'AuditList' },
);
export type AuditList = Static<typeof AuditList>;

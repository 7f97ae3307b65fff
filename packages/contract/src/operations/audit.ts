import { AuditList, AuditListQuery, HistoryQuery } from '../audit.ts';
import { DatasetParams } from '../dataset.ts';
import { operation } from '../operation.ts';

export const listAudit = operation({
  id: 'listAudit',
  method: 'GET',
  path: '/api/audit',
  summary: 'Who changed what',
  description: 'Everything that was changed, the latest first. It is only ever added to.',
  tags: ['Users'],
  access: 'admin',
  query: AuditListQuery,
  responses: { 200: { description: 'One page of entries.', schema: AuditList } },
});

export const datasetHistory = operation({
  id: 'datasetHistory',
  method: 'GET',
  path: '/api/datasets/{id}/history/',
  summary: 'Who changed a dataset',
  description: 'What was done to it, the latest first. For its owner and administrators.',
  tags: ['Datasets'],
  access: 'editor',
  params: DatasetParams,
  query: HistoryQuery,
  responses: { 200: { description: 'One page of entries.', schema: AuditList } },
  problems: { 404: 'There is no such dataset, or the caller may not see it.' },
});

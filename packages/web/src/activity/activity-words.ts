import type { AuditAction, AuditEntry } from '@inlay/contract';
import { formatMoment } from '../format.ts';

const ACTIONS: Readonly<Record<AuditAction, string>> = {
  'dataset.create': 'Dataset added',
  'dataset.change': 'Dataset changed',
  'dataset.replace': 'File replaced',
  'dataset.delete': 'Dataset deleted',
  'dataset.check_files': 'Files looked at',
  'dataset.grant': 'Access given',
  'dataset.revoke': 'Access taken back',
  'dataset.share': 'Link made',
  'dataset.unshare': 'Link ended',
  'vrt.change': 'Virtual raster changed',
  'vrt.confirm_sources': 'Sources shared',
  'vrt.withdraw_confirmation': 'Sources not shared any more',
  'job.cancel': 'Job cancelled',
  'job.retry': 'Job tried again',
  'user.create': 'User added',
  'user.change': 'User changed',
  'user.password': 'Password set',
  'user.delete': 'User deleted',
  'token.create': 'Token made',
  'token.revoke': 'Token revoked',
  'session.begin': 'Signed in',
  'session.end': 'Signed out',
  'garbage.collect': 'Garbage removed',
};

/** What was done, in words. */
export function actionLabel(action: AuditAction): string {
  return ACTIONS[action];
}

/** Who did it: what they were called then. */
export function actorText({
  actor_name: name,
  token_id: tokenId,
}: Pick<AuditEntry, 'actor_name' | 'token_id'>): string {
  if (name !== null) return name;
  return tokenId === null ? 'the server' : 'nobody who was signed in';
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/**
 * What was changed, as `role: editor`, or `visibility: private → public` where it is known what it was before; nothing that
 * only a program could read, as identifiers are.
 */
export function detailTexts({ action, details }: Pick<AuditEntry, 'action' | 'details'>): string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    const text = action === 'dataset.change' && Array.isArray(value) ? changeText(value) : valueText(value);
    // How somebody signed in: "by" is said of who did it.
    return text === null ? [] : `${name === 'by' ? 'with' : name.replaceAll('_', ' ')}: ${text}`;
  });
}

function changeText([before, after]: readonly unknown[]): string {
  return `${valueText(before) ?? 'none'} → ${valueText(after) ?? 'none'}`;
}

function valueText(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    if (value === '' || UUID.test(value)) return null;
    return TIME.test(value) ? formatMoment(value) : value.replaceAll('_', ' ');
  }
  if (!Array.isArray(value)) return null;
  const texts = value.flatMap((one) => valueText(one) ?? []);
  return texts.length === 0 ? null : texts.join(', ');
}

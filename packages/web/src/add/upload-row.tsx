import type { UploadPreview } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import { Ban, CircleAlert, CircleCheck, Pencil, RotateCw, X } from 'lucide-react';
import { memo, type ReactNode, useState } from 'react';
import { formatBytes, formatNumber, formatPlural, formatSize } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Badge } from '../ui/badge.tsx';
import { buttonClass, IconButton } from '../ui/button.tsx';
import { Field, Input } from '../ui/field.tsx';
import { Progress } from '../ui/progress.tsx';
import { Facts } from '../ui/table.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import { faultOf, type UploadItem } from './upload-item.ts';
import { cancelItem, removeItem, retryItem, updateItem } from './uploads-store.ts';

/** One file: how far it is, what was recognised, or why it cannot be used. */
export const UploadRow = memo(function UploadRow({ item }: { readonly item: UploadItem }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { key, file, state, problem, preview, datasetId } = item;
  const isEditable = state === 'ready';
  return (
    <li className="flex flex-col gap-2 border-b border-line px-4 py-3">
      <div className="flex items-start gap-3">
        <StateIcon item={item} />
        <div className="flex min-w-0 flex-1 flex-col gap-0.5">
          <span className="flex items-center gap-2">
            <span className="truncate font-medium" title={file.name}>
              {isEditable ? item.title : file.name}
            </span>
            {isEditable && preview !== null && <CogBadge preview={preview} />}
          </span>
          <span className="flex flex-wrap items-center gap-x-2 text-xs text-soft">
            <span>{formatBytes(file.size)}</span>
            {preview !== null && state !== 'done' && <Recognised item={item} />}
            {stateText(item)}
          </span>
        </div>
        {isEditable && (
          <IconButton
            icon={Pencil}
            size="sm"
            label="Details"
            aria-expanded={isOpen}
            pressed={isOpen}
            onClick={() => setOpen(!isOpen)}
          />
        )}
        {state === 'done' && datasetId !== null && (
          <Link to="/datasets/$id" params={{ id: datasetId }} className={buttonClass('quiet', 'sm')}>
            Open
          </Link>
        )}
        {item.canRetry && (state === 'refused' || state === 'failed') && (
          <IconButton icon={RotateCw} size="sm" label={`Try ${file.name} again`} onClick={() => void retryItem(item)} />
        )}
        {state === 'working' ? (
          <IconButton icon={Ban} size="sm" label={`Cancel ${file.name}`} onClick={() => void cancelItem(item)} />
        ) : (
          <IconButton icon={X} size="sm" label={`Remove ${file.name}`} onClick={() => removeItem(key)} />
        )}
      </div>
      {(state === 'sending' || state === 'working') && (
        <Progress label={`${file.name}: ${state === 'sending' ? 'sending' : 'cataloguing'}`} value={item.progress} />
      )}
      {problem !== null && (
        <p role="alert" className="text-sm text-danger">
          {problem}
        </p>
      )}
      {state === 'ready' && preview?.crs === null && item.srid === '' && (
        <p className="text-sm text-warn">
          The file does not say where it is. Give its EPSG code under Details, or it will not be on the map.
        </p>
      )}
      {isEditable && isOpen && <Details item={item} />}
    </li>
  );
});

function StateIcon({ item: { state, datasetId } }: { readonly item: UploadItem }): ReactNode {
  if (state === 'done' && datasetId !== null) return <Thumbnail src={thumbnailUrl(datasetId, 32)} size={32} />;
  const tone =
    state === 'refused' || state === 'failed'
      ? 'text-danger'
      : state === 'ready' || state === 'done'
        ? 'text-good'
        : 'text-soft';
  const Icon = state === 'refused' || state === 'failed' ? CircleAlert : CircleCheck;
  return (
    <span className={`flex size-8 shrink-0 items-center justify-center rounded-sm bg-sunken ${tone}`}>
      {state === 'ready' || tone === 'text-danger' || state === 'done' ? (
        <Icon size={16} aria-hidden="true" />
      ) : (
        <span className="breathe size-2 rounded-full bg-edge" />
      )}
    </span>
  );
}

function stateText({ state, progress, step, canRetry }: UploadItem): ReactNode {
  if (state === 'waiting') return <span>waits</span>;
  if (state === 'sending')
    return <span>{progress >= 1 ? 'arriving' : `sending, ${Math.floor(progress * 100)} %`}</span>;
  if (state === 'looking') return <span>being looked at</span>;
  if (state === 'working') return <span>{step ?? 'waits for its turn'}</span>;
  if (state === 'done') return <span className="text-good">in the catalogue</span>;
  if (state === 'refused') return <span className="text-danger">{canRetry ? 'did not arrive' : 'cannot be used'}</span>;
  if (state === 'failed') return <span className="text-danger">failed</span>;
  return null;
}

function Recognised({ item: { preview, srid } }: { readonly item: UploadItem }): ReactNode {
  if (preview === null) return null;
  const { crs, width, height, band_count: bands, dtype } = preview;
  return (
    <>
      <span>{formatSize(width, height)}</span>
      <span>
        {bands} × {dtype}
      </span>
      <span>{srid === '' ? (crs?.code ?? crs?.name ?? 'no CRS') : `EPSG:${srid}`}</span>
    </>
  );
}

/** Whether it is served as it is, or converted, and why. */
function CogBadge({ preview: { is_cog: isCog, conversion } }: { readonly preview: UploadPreview }): ReactNode {
  return (
    <>
      {isCog && <Badge tone="good">COG</Badge>}
      {conversion !== null && (
        <Tooltip text={conversion.reasons.join(' ')}>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the reasons are shown to whoever gets here */}
          <span tabIndex={0} className="rounded-sm">
            <Badge tone="accent">becomes a COG</Badge>
          </span>
        </Tooltip>
      )}
    </>
  );
}

/** What the server warns of, but for what is cured right here; null for nothing. */
function notesOf({ warnings }: UploadPreview): string | null {
  const notes = warnings.filter((warning) => !warning.includes('srid_override'));
  return notes.length === 0 ? null : notes.join(' ');
}

/** What was recognised in full, and what can be said instead. */
function Details({ item }: { readonly item: UploadItem }): ReactNode {
  const { key, preview, title, srid, nodata } = item;
  const fault = faultOf(item);
  return (
    <div className="settle flex flex-col gap-3 rounded-md bg-sunken p-3">
      <Field label="Title" error={fault}>
        <Input value={title} maxLength={500} onChange={({ target }) => updateItem(key, { title: target.value })} />
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label="EPSG code" hint={preview?.crs == null ? 'The file has none' : 'Instead of the file’s'}>
          <Input
            inputMode="numeric"
            placeholder={preview?.crs?.code?.replace('EPSG:', '') ?? ''}
            value={srid}
            onChange={({ target }) => updateItem(key, { srid: target.value.trim() })}
          />
        </Field>
        <Field label="Nodata value" hint={preview?.nodata == null ? 'The file has none' : 'Instead of the file’s'}>
          <Input
            placeholder={preview?.nodata == null ? '' : String(preview.nodata)}
            value={nodata}
            onChange={({ target }) => updateItem(key, { nodata: target.value.trim() })}
          />
        </Field>
      </div>
      {preview !== null && (
        <Facts
          facts={[
            ['Format', preview.driver],
            [
              'CRS',
              preview.crs === null
                ? 'none'
                : `${preview.crs.name}${preview.crs.code === null ? '' : `, ${preview.crs.code}`}`,
            ],
            ['Pixel size', preview.resolution?.map((value) => formatNumber(value)).join(' × ') ?? 'not known'],
            ['Bands', formatPlural(preview.band_count, 'band')],
            ['Cloud optimised', preview.is_cog ? 'yes' : preview.cog_issues.join(' ') || 'no'],
            ['Conversion', preview.conversion === null ? null : preview.conversion.reasons.join(' ')],
            ['To know', notesOf(preview)],
          ]}
        />
      )}
    </div>
  );
}

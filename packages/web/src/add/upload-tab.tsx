import { VISIBILITIES, type Visibility } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { queries } from '../api.ts';
import { formatBytes, formatCount, formatPlural } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Select } from '../ui/field.tsx';
import { Progress } from '../ui/progress.tsx';
import { toast } from '../ui/toast-store.ts';
import { visibilityOptions } from '../visibility.ts';
import { AddedActions } from './added-actions.tsx';
import { droppedFiles } from './dropped-files.ts';
import { faultOf, tallyOf, type UploadTally } from './upload-item.ts';
import { UploadRow } from './upload-row.tsx';
import { addFiles, commitReady, dropItems, useUploads } from './uploads-store.ts';

/** Files from this computer: dropped or chosen, sent, looked at, and catalogued together. */
export function UploadTab(): ReactNode {
  const items = useUploads();
  const { data: settings } = useQuery(queries.settings());
  const maxBytes = settings?.max_upload_bytes ?? null;
  const [visibility, setVisibility] = useState<Visibility>('private');
  const input = useRef<HTMLInputElement>(null);
  const isOver = useDropAnywhere((files) => addFiles(files, maxBytes));
  const tally = tallyOf(items);
  const { ready, done } = tally;
  const hasFault = items.some((item) => item.state === 'ready' && faultOf(item) !== null);
  const isFinished = done > 0 && ready === 0 && tally.underWay === 0;
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="p-4">
          <button
            type="button"
            className={classNames(
              'flex w-full flex-col items-center gap-1 rounded-lg border border-dashed px-4 text-center transition-colors',
              items.length === 0 ? 'py-12' : 'py-5',
              isOver ? 'border-accent bg-accent-wash' : 'border-edge hover:bg-hover',
            )}
            onClick={() => input.current?.click()}
          >
            <FileUp size={22} strokeWidth={1.5} aria-hidden="true" className="mb-1 text-accent" />
            <span className="font-medium">{isOver ? 'Drop them anywhere' : 'Drop rasters here, or choose them'}</span>
            <span className="text-sm text-soft">
              GeoTIFF, PNG, JPEG or ASCII grid{maxBytes === null ? '' : `, up to ${formatBytes(maxBytes)} each`}
            </span>
          </button>
          <input
            ref={input}
            type="file"
            multiple
            hidden
            aria-label="Raster files"
            accept=".tif,.tiff,.gtiff,.png,.jpg,.jpeg,.asc,.grd"
            onChange={({ target }) => {
              addFiles(target.files ?? [], maxBytes);
              // So that the same file can be chosen again.
              target.value = '';
            }}
          />
        </div>
        {items.length > 0 && (
          <ul className="m-0 list-none border-t border-line p-0" aria-label="Files">
            {items.map((item) => (
              <UploadRow key={item.key} item={item} />
            ))}
          </ul>
        )}
      </div>
      {items.length > 1 && <UploadSummary tally={tally} count={items.length} />}
      {items.length > 0 && (
        <div className="flex shrink-0 items-center gap-2 border-t border-line bg-raised px-4 py-2">
          {!isFinished && (
            <div className="w-32">
              <Select
                aria-label="Who may see them"
                value={visibility}
                options={visibilityOptions(VISIBILITIES)}
                onValueChange={setVisibility}
              />
            </div>
          )}
          <span className="flex-1" />
          {isFinished ? (
            <AddedActions ids={items.flatMap(({ datasetId }) => datasetId ?? [])} />
          ) : (
            <Button variant="primary" disabled={ready === 0 || hasFault} onClick={() => void commitReady(visibility)}>
              {ready === 0 ? 'Add' : `Add ${formatPlural(ready, 'raster')}`}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

interface UploadSummaryProps {
  readonly tally: UploadTally;
  readonly count: number;
}

/** How all files together are, and what can be done with many at once. */
function UploadSummary({ tally, count }: UploadSummaryProps): ReactNode {
  const { underWay, ready, refused, done, sent } = tally;
  const parts = [
    underWay === 0 ? null : `${formatCount(underWay)} under way`,
    ready === 0 ? null : `${formatCount(ready)} ready`,
    done === 0 ? null : `${formatCount(done)} in the catalogue`,
    refused === 0 ? null : `${formatCount(refused)} cannot be used`,
  ].filter((part) => part !== null);
  return (
    <section aria-label="All files" className="relative shrink-0 border-t border-line">
      {sent < 1 && (
        <div className="absolute inset-x-0 top-0">
          <Progress label="All files: sending" value={sent} />
        </div>
      )}
      <div className="flex min-h-10 items-center gap-1 py-1 pr-2 pl-4 text-sm">
        <p className="min-w-0 flex-1 text-soft" aria-live="polite">
          <span className="font-medium text-ink">{formatPlural(count, 'file')}</span>: {parts.join(', ')}
        </p>
        {sent < 1 && (
          <Button size="sm" variant="plain" onClick={() => dropItems(['waiting', 'sending', 'looking'])}>
            Stop
          </Button>
        )}
        {refused > 0 && (
          <Button
            size="sm"
            variant="plain"
            aria-label={`Remove the ${formatCount(refused)} that cannot be used`}
            onClick={() => dropItems(['refused', 'failed'])}
          >
            Remove {formatCount(refused)}
          </Button>
        )}
        {done > 0 && (
          <Button size="sm" variant="plain" onClick={() => dropItems(['done'])}>
            Clear
          </Button>
        )}
      </div>
    </section>
  );
}

/** Takes files that are dropped anywhere on the page; whether some are held above it now. */
function useDropAnywhere(onFiles: (files: Iterable<File>) => void): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  useEffect(() => {
    latest.current = onFiles;
  });
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      // Leaving for nothing is leaving the window.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer === null) return;
      droppedFiles(event.dataTransfer).then(
        (files) => latest.current(files),
        (error: unknown) => toast(`What was dropped cannot be read. ${String(error)}`, { tone: 'danger' }),
      );
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}

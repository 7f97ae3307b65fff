import { VISIBILITIES, type Visibility } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { queries } from '../api.ts';
import { formatBytes, formatPlural } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Select } from '../ui/field.tsx';
import { faultOf } from './upload-item.ts';
import { UploadRow } from './upload-row.tsx';
import { addFiles, clearFinished, commitReady, useUploads } from './uploads-store.ts';
import { visibilityOptions } from '../visibility.ts';

/** Files from this computer: dropped or chosen, sent, looked at, and catalogued together. */
export function UploadTab(): ReactNode {
  const items = useUploads();
  const { data: settings } = useQuery(queries.settings());
  const maxBytes = settings?.max_upload_bytes ?? null;
  const [visibility, setVisibility] = useState<Visibility>('private');
  const input = useRef<HTMLInputElement>(null);
  const isOver = useDropAnywhere((files) => addFiles(files, maxBytes));
  const ready = items.filter(({ state }) => state === 'ready');
  const hasFault = ready.some((item) => faultOf(item) !== null);
  const done = items.filter(({ state }) => state === 'done').length;
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
      {items.length > 0 && (
        <div className="flex shrink-0 items-center gap-2 border-t border-line bg-raised px-4 py-2">
          <div className="w-32">
            <Select
              aria-label="Who may see them"
              value={visibility}
              options={visibilityOptions(VISIBILITIES)}
              onValueChange={setVisibility}
            />
          </div>
          <span className="flex-1" />
          {done > 0 && ready.length === 0 && (
            <Button variant="plain" onClick={clearFinished}>
              Clear the list
            </Button>
          )}
          <Button
            variant="primary"
            disabled={ready.length === 0 || hasFault}
            onClick={() => void commitReady(visibility)}
          >
            {ready.length === 0 ? 'Add' : `Add ${formatPlural(ready.length, 'raster')}`}
          </Button>
        </div>
      )}
    </>
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
      latest.current(event.dataTransfer?.files ?? []);
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

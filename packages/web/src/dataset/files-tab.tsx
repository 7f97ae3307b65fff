import type { Dataset } from '@inlay/contract';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { serverPath } from '../base.ts';
import { formatBytes } from '../format.ts';
import { useMe } from '../session.ts';
import { buttonClass } from '../ui/button.tsx';
import { ExportForm, type ExportFormProps } from './export-form.tsx';
import { ExportList } from './export-list.tsx';
import { withLink } from './link.ts';
import { ReplaceRaster } from './replace-raster.tsx';

const route = getRouteApi('/datasets/$id');

export interface FilesTabProps extends ExportFormProps {
  readonly mayExport: boolean;
}

/** What of a dataset there is to download, and what can be made of it to be downloaded. */
export function FilesTab({ dataset, mayExport, isDrawing, onDraw }: FilesTabProps): ReactNode {
  return (
    <div className="flex flex-col gap-5 p-4">
      <section>
        <h2 className="mb-2 font-semibold">Download</h2>
        {dataset.access.files ? <Files dataset={dataset} /> : <NoFiles dataset={dataset} />}
      </section>
      {mayExport && (
        <>
          <section className="border-t border-line pt-4">
            <h2 className="font-semibold">Export</h2>
            <p className="mb-3 text-sm text-soft">A GeoTIFF of a part of it, in another CRS, coarser, or as it is.</p>
            <ExportForm dataset={dataset} isDrawing={isDrawing} onDraw={onDraw} />
          </section>
          <section className="border-t border-line pt-4">
            <h2 className="mb-2 font-semibold">Exports</h2>
            <ExportList id={dataset.id} />
          </section>
        </>
      )}
      {dataset.record_type === 'raster_dataset' && dataset.access.level !== 'view' && (
        <section className="border-t border-line pt-4">
          <h2 className="font-semibold">Replace</h2>
          <p className="mb-3 text-sm text-soft">
            The dataset stays what it is called and who sees it. What is built of it shows the former file until it is
            built anew.
          </p>
          <ReplaceRaster dataset={dataset} />
        </section>
      )}
    </div>
  );
}

function NoFiles({ dataset: { access } }: { readonly dataset: Dataset }): ReactNode {
  return (
    <p className="text-sm text-soft">
      {access.by === 'link'
        ? 'This link shows the dataset and does not open its files. Ask whoever sent it for one that does.'
        : 'Some of its sources are hidden from you, and with them its files.'}
    </p>
  );
}

function Files({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const me = useMe();
  const { id, record_type: type, raster } = dataset;
  if (raster?.download_url == null) return <p className="text-sm text-soft">There is no file yet.</p>;
  const below = `/api/datasets/${id}/download` as const;
  return (
    <ul className="m-0 flex list-none flex-col gap-2 p-0">
      {type === 'vrt_dataset' ? (
        <>
          <File path={`${below}/vrt`} name="VRT" text="Reads its sources from this server." />
          <File path={`${below}/vrt?flat=true`} name="VRT in one piece" text="The same, without chunks." />
          {me?.role === 'admin' && (
            <File path={`${below}/vrt?sources=local`} name="VRT with paths" text="For programs on the server itself." />
          )}
        </>
      ) : (
        <File
          path={`${below}/cog`}
          name="GeoTIFF"
          text={raster.size_bytes === null ? '' : formatBytes(raster.size_bytes)}
        />
      )}
      {raster.original != null && (
        <File
          path={`${below}/original`}
          name={raster.original.filename}
          text={`As it was uploaded, ${formatBytes(raster.original.size_bytes)}`}
        />
      )}
    </ul>
  );
}

interface FileProps {
  readonly path: `/${string}`;
  readonly name: string;
  readonly text: string;
}

function File({ path, name, text }: FileProps): ReactNode {
  const search = route.useSearch();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <a href={serverPath(withLink(path, search))} download className={buttonClass('quiet', 'sm')}>
        <Download size={14} aria-hidden="true" />
        <span className="max-w-56 truncate">{name}</span>
      </a>
      <span className="text-sm text-soft">{text}</span>
    </li>
  );
}

import type { Dataset } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download, Link2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { client } from '../api.ts';
import { SERVER_URL, serverPath } from '../base.ts';
import { errorLine } from '../describe-error.ts';
import { formatBytes, formatMoment } from '../format.ts';
import { useMe } from '../session.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { toast } from '../ui/toast-store.ts';
import { snippetsFor, TOKEN_VARIABLE } from './snippets.ts';

/** A week: what links may last at most. */
const LINK_SECONDS = 7 * 24 * 3600;

export interface UseTabProps {
  readonly dataset: Dataset;
  /** As it is shown on the map. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The dataset elsewhere: files to download, and snippets for other programs. */
export function UseTab({ dataset, parameters }: UseTabProps): ReactNode {
  const { id, title, record_type: type, visibility, raster, extent_bbox: extent } = dataset;
  const me = useMe();
  const isPublic = visibility === 'public';
  const isVirtual = type === 'vrt_dataset';
  const sign = useMutation({
    mutationFn: () => client.tileToken(id, { expires_in: LINK_SECONDS }),
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  const snippets = snippetsFor({
    serverUrl: SERVER_URL,
    id,
    title,
    isVirtual,
    isPlaced: extent !== null,
    isPublic,
    link: sign.data ?? null,
    parameters,
  });
  return (
    <div className="flex flex-col gap-5 p-4">
      <section>
        <h2 className="mb-2 font-semibold">Download</h2>
        {raster?.download_url == null ? (
          <p className="text-sm text-soft">There is no file yet.</p>
        ) : (
          <ul className="m-0 flex list-none flex-col gap-2 p-0">
            {isVirtual ? (
              <>
                <File path={`/api/datasets/${id}/download/vrt`} name="VRT" text="Reads its sources from this server." />
                <File
                  path={`/api/datasets/${id}/download/vrt?flat=true`}
                  name="VRT in one piece"
                  text="The same, without chunks."
                />
                {me?.role === 'admin' && (
                  <File
                    path={`/api/datasets/${id}/download/vrt?sources=local`}
                    name="VRT with paths"
                    text="For programs on the server itself."
                  />
                )}
              </>
            ) : (
              <File
                path={`/api/datasets/${id}/download/cog`}
                name="GeoTIFF"
                text={raster.size_bytes === null ? '' : formatBytes(raster.size_bytes)}
              />
            )}
            {raster.original != null && (
              <File
                path={`/api/datasets/${id}/download/original`}
                name={raster.original.filename}
                text={`As it was uploaded, ${formatBytes(raster.original.size_bytes)}`}
              />
            )}
          </ul>
        )}
      </section>
      <section className="flex flex-col gap-3">
        <h2 className="font-semibold">In other programs</h2>
        {!isPublic && (
          <p className="text-sm text-soft">
            It is not public: put a{' '}
            <Link to="/account" className="text-accent underline underline-offset-2">
              token
            </Link>{' '}
            into the variable <code className="font-mono text-xs">{TOKEN_VARIABLE}</code> first. QGIS and web pages take
            a link that carries the right to see it.
          </p>
        )}
        {!isPublic &&
          extent !== null &&
          (sign.data === undefined ? (
            <Button
              icon={Link2}
              className="self-start"
              busy={sign.isPending}
              disabled={me == null}
              onClick={() => sign.mutate()}
            >
              Make links for a week
            </Button>
          ) : (
            <p className="text-sm">
              Whoever has these links sees it until {formatMoment(new Date(sign.data.exp * 1000).toISOString())}.
            </p>
          ))}
        {snippets.map(({ name, hint, text }) => (
          <div key={name} className="flex flex-col gap-1">
            <h3 className="text-sm font-medium">{name}</h3>
            <CopyField label={name} value={text} isBlock={text.includes('\n')} />
            <p className="text-xs text-soft">{hint}</p>
          </div>
        ))}
      </section>
    </div>
  );
}

function File({
  path,
  name,
  text,
}: {
  readonly path: `/${string}`;
  readonly name: string;
  readonly text: string;
}): ReactNode {
  return (
    <li className="flex items-center gap-3">
      <a href={serverPath(path)} download className={buttonClass('quiet', 'sm')}>
        <Download size={14} aria-hidden="true" />
        {name}
      </a>
      <span className="text-sm text-soft">{text}</span>
    </li>
  );
}

import type { Dataset } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Link2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { client } from '../api.ts';
import { SERVER_URL } from '../base.ts';
import { errorLine } from '../describe-error.ts';
import { formatMoment } from '../format.ts';
import { useMe } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { toast } from '../ui/toast-store.ts';
import { linkQuery } from './link.ts';
import { snippetsFor, TOKEN_VARIABLE } from './snippets.ts';

const route = getRouteApi('/datasets/$id');

/** A week: what links may last at most. */
const LINK_SECONDS = 7 * 24 * 3600;

export interface UseTabProps {
  readonly dataset: Dataset;
  /** As it is shown on the map. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The dataset in other programs: snippets that work as they are. */
export function UseTab({ dataset, parameters }: UseTabProps): ReactNode {
  const { id, title, record_type: type, visibility, extent_bbox: extent, access } = dataset;
  const { sig, exp } = linkQuery(route.useSearch());
  const isPublic = visibility === 'public';
  const isByLink = access.by === 'link';
  const sign = useMutation({
    mutationFn: () => client.tileToken(id, { expires_in: LINK_SECONDS }),
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  const held = isByLink && sig !== undefined && exp !== undefined ? { sig, exp } : null;
  const link = held ?? sign.data ?? null;
  const snippets = snippetsFor({
    serverUrl: SERVER_URL,
    id,
    title,
    isVirtual: type === 'vrt_dataset',
    isPlaced: extent !== null,
    files: !access.files ? null : isPublic ? 'public' : held === null ? 'token' : 'link',
    tiles: isPublic ? 'public' : link === null ? null : 'link',
    link,
    parameters,
  });
  return (
    <div className="flex flex-col gap-3 p-4">
      {held !== null ? (
        <p className="text-sm text-soft">
          These carry the link that you opened: whoever has them sees the dataset until{' '}
          {formatMoment(new Date(held.exp * 1000).toISOString())}.
        </p>
      ) : (
        !isPublic && <PrivateHint isPlaced={extent !== null} exp={sign.data?.exp ?? null} sign={sign} />
      )}
      {snippets.length === 0 && <p className="text-sm text-soft">There is nothing of it that programs could read.</p>}
      {snippets.map(({ name, hint, text }) => (
        <section key={name} className="flex flex-col gap-1">
          <h2 className="text-sm font-medium">{name}</h2>
          <CopyField label={name} value={text} isBlock={text.includes('\n')} />
          <p className="text-xs text-soft">{hint}</p>
        </section>
      ))}
    </div>
  );
}

interface PrivateHintProps {
  readonly isPlaced: boolean;
  /** When the links end that were made here, in seconds since 1970; null before. */
  readonly exp: number | null;
  readonly sign: { readonly isPending: boolean; readonly mutate: () => void };
}

/** How programs are let in to what is not public. */
function PrivateHint({ isPlaced, exp, sign }: PrivateHintProps): ReactNode {
  const me = useMe();
  return (
    <>
      <p className="text-sm text-soft">
        It is not public: put a{' '}
        <Link to="/account" className="text-accent underline underline-offset-2">
          token
        </Link>{' '}
        into the variable <code className="font-mono text-xs">{TOKEN_VARIABLE}</code> first. QGIS and web pages take a
        link that carries the right to see it.
      </p>
      {isPlaced &&
        (exp === null ? (
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
            Whoever has these links sees it until {formatMoment(new Date(exp * 1000).toISOString())}.
          </p>
        ))}
    </>
  );
}

import type { Dataset, ExportPlan } from '@inlay/contract';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleAlert, FileDown, Frame, SquareDashedMousePointer } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queryClient } from '../api.ts';
import { describeError, errorLine } from '../describe-error.ts';
import { formatBytes, formatNumber, formatSize } from '../format.ts';
import { refreshJobs } from '../jobs/use-jobs.ts';
import { formatBBox, parseBBox, wrapped } from '../map/bbox.ts';
import { useSight } from '../map/viewport.ts';
import { hasRole, useMe } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox, Field, Input, Select } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Note } from '../ui/states.tsx';
import { toast } from '../ui/toast-store.ts';
import { useSettled } from '../use-settled.ts';
import {
  EMPTY_EXPORT,
  type ExportDraft,
  type ExportErrors,
  exportRefusal,
  exportRequest,
  type ExportResampling,
} from './export-request.ts';

const route = getRouteApi('/datasets/$id');
/** Typing rests for so long before the server is asked. */
const PAUSE_MS = 300;

export interface ExportFormProps {
  readonly dataset: Dataset;
  /** Whether a box that is drawn on the map is the one to cut out. */
  readonly isDrawing: boolean;
  readonly onDraw: (isDrawing: boolean) => void;
}

/** Has a GeoTIFF made: of which part, on which pixels, written how; with what it will be, while one chooses. */
export function ExportForm({ dataset, isDrawing, onDraw }: ExportFormProps): ReactNode {
  const { id, title, raster, extent_bbox: extent } = dataset;
  const search = route.useSearch();
  const me = useMe();
  const [given, setGiven] = useState<typeof EMPTY_EXPORT>(EMPTY_EXPORT);
  const draft: ExportDraft = { ...given, clip: parseBBox(search.clip ?? '') };
  const ownCrs = raster?.epsg == null ? null : `EPSG:${raster.epsg}`;
  const { body, errors: typos } = exportRequest(draft, ownCrs);
  const asked = useSettled(body === null ? null : JSON.stringify(body), PAUSE_MS);
  const plan = useQuery({
    queryKey: ['dataset', id, 'export-plan', asked],
    queryFn: ({ signal }) => client.planExport(id, JSON.parse(asked ?? '{}'), { signal }),
    enabled: asked !== null && body !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const start = useMutation({
    mutationFn: () => client.exportDataset(id, body ?? {}),
    onSuccess: async () => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['jobs'] }), refreshJobs()]);
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  const refusal = exportRefusal(plan.error);
  const errors: ExportErrors = { ...refusal.errors, ...typos };
  const set = (changes: Partial<typeof EMPTY_EXPORT>): void => setGiven({ ...given, ...changes });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (body !== null && plan.error === null) start.mutate();
  };
  const isComputed = given.crs !== '' || given.resolution !== '';
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      {extent !== null && (
        <Clip draft={draft} ownCrs={ownCrs} error={errors.clip} isDrawing={isDrawing} onDraw={onDraw} onChange={set} />
      )}
      <div className="grid grid-cols-2 gap-3">
        <Field label="CRS" error={errors.crs}>
          <Input
            value={given.crs}
            placeholder={ownCrs ?? 'Its own'}
            disabled={extent === null}
            spellCheck={false}
            autoComplete="off"
            onChange={({ target }) => set({ crs: target.value })}
          />
        </Field>
        <Field label="Pixel size" error={errors.resolution}>
          <Input
            value={given.resolution}
            placeholder={raster?.res_x == null ? 'Its own' : formatNumber(raster.res_x, 6)}
            disabled={extent === null}
            spellCheck={false}
            autoComplete="off"
            inputMode="decimal"
            onChange={({ target }) => set({ resolution: target.value })}
          />
        </Field>
        <Field label="Resampling">
          <Select
            value={given.resampling}
            disabled={!isComputed}
            options={RESAMPLINGS}
            onValueChange={(resampling) => set({ resampling })}
          />
        </Field>
        <Field label="Bands" error={errors.bands}>
          <Input
            value={given.bands}
            placeholder={`All ${raster?.band_count ?? ''}`.trim()}
            spellCheck={false}
            autoComplete="off"
            onChange={({ target }) => set({ bands: target.value })}
          />
        </Field>
        <Field label="Format">
          <Select value={given.format} options={FORMATS} onValueChange={(format) => set({ format })} />
        </Field>
        <Field label="Compression" error={errors.compression}>
          <Select
            value={given.compression}
            options={COMPRESSIONS}
            onValueChange={(compression) => set({ compression })}
          />
        </Field>
      </div>
      {hasRole(me, 'editor') && (
        <div className="flex flex-col gap-2">
          <Checkbox
            label="Add it to the catalogue instead of keeping a file for a day"
            checked={given.title !== null}
            onCheckedChange={(isDataset) => set({ title: isDataset ? `${title}, exported` : null })}
          />
          {given.title !== null && (
            <Field label="Title of the new dataset" error={errors.title}>
              <Input value={given.title} maxLength={500} onChange={({ target }) => set({ title: target.value })} />
            </Field>
          )}
        </div>
      )}
      {refusal.rest !== null || (plan.error !== null && Object.keys(refusal.errors).length === 0) ? (
        <Note tone="danger" icon={CircleAlert}>
          {refusal.rest ?? describeError(plan.error).detail}
        </Note>
      ) : (
        <Outcome plan={plan.error === null && body !== null ? plan.data : undefined} />
      )}
      <Button
        type="submit"
        variant="primary"
        icon={FileDown}
        className="self-start"
        busy={start.isPending}
        disabled={body === null || plan.error !== null}
      >
        Export
      </Button>
    </form>
  );
}

/** What the export will be; as tall before the answer as after it. */
function Outcome({ plan }: { readonly plan: ExportPlan | undefined }): ReactNode {
  return (
    <p aria-live="polite" aria-label="What it will be" className="min-h-10 text-sm text-soft">
      {plan !== undefined && (
        <>
          <span className="font-medium text-ink">
            {formatSize(plan.width, plan.height)} px, {plan.band_count} × {plan.dtype}
            {plan.crs === null ? '' : `, ${plan.crs}`}
          </span>
          <br />
          {formatBytes(plan.bytes)} before compression.{' '}
          {plan.own_pixels ? 'Its own pixels, bit for bit.' : 'Pixels are computed.'}
        </>
      )}
    </p>
  );
}

interface ClipProps {
  readonly draft: ExportDraft;
  readonly ownCrs: string | null;
  readonly error: string | undefined;
  readonly isDrawing: boolean;
  readonly onDraw: (isDrawing: boolean) => void;
  readonly onChange: (changes: Partial<typeof EMPTY_EXPORT>) => void;
}

/** Which part: all, or a box, drawn or typed in degrees or in the dataset's own CRS. */
function Clip({ draft, ownCrs, error, isDrawing, onDraw, onChange }: ClipProps): ReactNode {
  const navigate = route.useNavigate();
  const sight = useSight();
  const [isBox, setBox] = useState(draft.clip !== null);
  const [isOwn, setOwn] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const clip = draft.clip === null ? '' : formatBBox(draft.clip);
  const setClip = (text: string | undefined): void =>
    void navigate({ search: (former) => ({ ...former, clip: text }), replace: true });
  const choose = (next: 'all' | 'box'): void => {
    setBox(next === 'box');
    if (next === 'box') return;
    onDraw(false);
    onChange({ bounds: '' });
    setClip(undefined);
  };
  const isShown = isBox || draft.clip !== null;
  return (
    <div className="flex flex-col gap-2">
      <Segmented
        label="Which part"
        value={isShown ? 'box' : 'all'}
        options={[
          { value: 'all', label: 'All of it' },
          { value: 'box', label: 'A box' },
        ]}
        onValueChange={choose}
      />
      {isShown && (
        <>
          <div className="flex items-start gap-2">
            <Field
              label="Bounds"
              isLabelHidden
              className="min-w-0 flex-1"
              error={error ?? (typed !== null && parseBBox(typed) === null ? 'West, south, east, north' : undefined)}
            >
              <Input
                value={isOwn ? draft.bounds : (typed ?? clip)}
                placeholder={isOwn ? 'min x, min y, max x, max y' : 'west, south, east, north'}
                spellCheck={false}
                autoComplete="off"
                onChange={({ target: { value } }) => {
                  if (isOwn) {
                    onChange({ bounds: value });
                    return;
                  }
                  const box = parseBBox(value);
                  setTyped(value);
                  if (box !== null) setClip(formatBBox(box));
                }}
                onBlur={() => setTyped(null)}
              />
            </Field>
            {ownCrs !== null && (
              <Select
                aria-label="Bounds are in"
                className="w-auto!"
                value={isOwn ? 'own' : 'degrees'}
                options={[
                  { value: 'degrees', label: 'Degrees' },
                  { value: 'own', label: ownCrs },
                ]}
                onValueChange={(next) => {
                  setOwn(next === 'own');
                  setBox(true);
                  setClip(undefined);
                  onChange({ bounds: '' });
                }}
              />
            )}
          </div>
          {!isOwn && (
            <div className="flex flex-wrap gap-2">
              <Button
                size="sm"
                icon={SquareDashedMousePointer}
                aria-pressed={isDrawing}
                onClick={() => onDraw(!isDrawing)}
              >
                {isDrawing ? 'Now drag on the map' : 'Draw on the map'}
              </Button>
              <Button
                size="sm"
                icon={Frame}
                disabled={sight === null}
                onClick={() => {
                  setTyped(null);
                  if (sight !== null) setClip(formatBBox(wrapped(sight.bbox)));
                }}
              >
                What the map shows
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

const RESAMPLINGS: readonly { readonly value: ExportResampling; readonly label: string }[] = [
  { value: 'nearest', label: 'Nearest' },
  { value: 'bilinear', label: 'Bilinear' },
  { value: 'cubic', label: 'Cubic' },
  { value: 'average', label: 'Average' },
  { value: 'mode', label: 'Most frequent' },
];
const FORMATS = [
  { value: 'cog', label: 'COG, with overviews' },
  { value: 'gtiff', label: 'GeoTIFF, without' },
] as const;
const COMPRESSIONS = [
  { value: 'deflate', label: 'Deflate' },
  { value: 'zstd', label: 'Zstandard' },
  { value: 'lzw', label: 'LZW' },
  { value: 'none', label: 'None' },
  { value: 'jpeg', label: 'JPEG, loses detail' },
  { value: 'webp', label: 'WebP, loses detail' },
] as const;

import type { Dataset } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleAlert, Crosshair, RotateCcw } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { ErrorText } from '../describe-error.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { useSight } from '../map/viewport.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Field, Input, Select, Slider } from '../ui/field.tsx';
import { Note } from '../ui/states.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { linkQuery, withLink } from './link.ts';
import {
  formatPlace,
  gammaOf,
  isChanged,
  opacityOf,
  parsePlace,
  type Picture,
  pictureOf,
  RENDER_NAMES,
  renderQuery,
} from './picture.ts';
import { BandChoice } from './band-choice.tsx';
import { Stretch } from './stretch.tsx';

const route = getRouteApi('/datasets/$id');

export interface PictureTabProps {
  readonly dataset: Dataset;
  /** Why there is no picture; null where there is one. */
  readonly problem: ErrorText | null;
}

/** How the dataset is shown. Whatever is not touched here, the server chooses from the raster. */
export function PictureTab({ dataset, problem }: PictureTabProps): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const picture = pictureOf(search);
  const legend = useQuery(datasetQueries.legend(dataset.id, renderQuery(picture), linkQuery(search)));
  const change = (changes: Picture & { readonly opacity?: string | undefined }): void =>
    void navigate({ search: (former) => ({ ...former, ...changes }), replace: true });

  const bands = dataset.raster?.bands ?? [];
  const isSingle = picture.expression === undefined ? legend.data?.kind !== 'rgb' : !picture.expression.includes(';');
  const gamma = gammaOf(picture.color_formula);
  const opacity = opacityOf(search.opacity);
  const isPlaced = dataset.extent_bbox !== null;

  if (!dataset.access.pixels)
    return <div className="p-4">{problem !== null && <Problem problem={problem} isHarmless />}</div>;
  return (
    <div className="flex flex-col gap-4 p-4">
      {problem !== null && (
        <Problem problem={problem} isHarmless={!isPlaced}>
          {isChanged(picture) && (
            <Button size="sm" className="mt-2" icon={RotateCcw} onClick={() => change(untouched())}>
              Show it as before
            </Button>
          )}
        </Problem>
      )}
      {!isPlaced && (
        <img
          src={withLink(thumbnailUrl(dataset.id, 384), search)}
          alt={`All of ${dataset.title}`}
          className="max-w-full rounded-md border border-line"
        />
      )}
      <BandChoice bands={bands} picture={picture} legend={legend.data} onChange={change} />
      {/* Of what cannot be read there is nothing to stretch; why, is said above. */}
      {legend.error === null && (
        <Stretch dataset={dataset} picture={picture} link={linkQuery(search)} legend={legend.data} onChange={change} />
      )}
      <Field label={`Gamma ${gamma.toFixed(1)}`}>
        <Slider
          min={0.2}
          max={3}
          step={0.1}
          value={gamma}
          onValueChange={(value) =>
            change({ color_formula: value === 1 ? undefined : `gamma rgb ${value.toFixed(1)}` })
          }
        />
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Colours" hint={isSingle ? undefined : 'For one band.'}>
          <Select
            value={picture.colormap_name ?? ''}
            disabled={!isSingle || isDrawn(picture)}
            options={withOwn(COLOUR_MAPS, picture.colormap_name)}
            onValueChange={(name) => change({ colormap_name: name === '' ? undefined : name })}
          />
        </Field>
        <Field label="Elevations as" hint={isSingle ? undefined : 'For one band.'}>
          <Select
            value={picture.algorithm ?? ''}
            disabled={(!isSingle && picture.algorithm === undefined) || picture.expression !== undefined}
            options={withOwn(ALGORITHMS, picture.algorithm)}
            onValueChange={(name) => change({ algorithm: name === '' ? undefined : name, rescale: undefined })}
          />
        </Field>
        <Field label="Between pixels">
          <Select
            value={picture.resampling ?? ''}
            options={withOwn(RESAMPLINGS, picture.resampling)}
            onValueChange={(name) => change({ resampling: name === '' ? undefined : name })}
          />
        </Field>
        <Field label={`Opacity ${opacity} %`}>
          <Slider
            min={0}
            max={100}
            step={5}
            value={opacity}
            onValueChange={(value) => change({ opacity: value === 100 ? undefined : String(value) })}
          />
        </Field>
      </div>
      <Button
        size="sm"
        icon={RotateCcw}
        className="self-start"
        disabled={!isChanged(picture) && opacity === 100}
        onClick={() => change({ ...untouched(), opacity: undefined })}
      >
        Show it as before
      </Button>
      {isPlaced && <PlaceField />}
    </div>
  );
}

interface ProblemProps {
  readonly problem: ErrorText;
  /** It is as it should be: it has no place on the map, or is not for this caller. */
  readonly isHarmless?: boolean;
  readonly children?: ReactNode;
}

/** Why there is no picture. */
function Problem({ problem, isHarmless = false, children }: ProblemProps): ReactNode {
  return (
    <Note tone={isHarmless ? 'warn' : 'danger'} icon={CircleAlert}>
      <p className="font-medium">{problem.title}</p>
      <p>{problem.detail}</p>
      {children}
    </Note>
  );
}

function untouched(): Picture {
  return Object.fromEntries(RENDER_NAMES.map((name) => [name, undefined]));
}

/** Hillshades and coded elevations bring their own colours. */
function isDrawn({ algorithm }: Picture): boolean {
  return algorithm !== undefined && algorithm !== 'slope';
}

/** A place to read values at, for whoever does not click on the map. */
function PlaceField(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sight = useSight();
  const [error, setError] = useState<string | null>(null);
  const read = (at: string): void => {
    setError(null);
    void navigate({ search: (former) => ({ ...former, at }), replace: true });
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('at');
    const place = typeof text === 'string' ? parsePlace(text) : null;
    if (place === null) setError('Two numbers in degrees: longitude, then latitude.');
    else read(formatPlace(place));
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-2 border-t border-line pt-4">
      <Field
        label="Values at"
        hint="Click on the map, or type longitude and latitude."
        error={error ?? undefined}
        className="min-w-0 flex-1"
      >
        <Input key={search.at} name="at" defaultValue={search.at} placeholder="11.575, 48.137" inputMode="decimal" />
      </Field>
      <div className="mb-5 flex gap-1">
        <IconButton
          icon={Crosshair}
          label="At the middle of the map"
          side="top"
          disabled={sight === null}
          onClick={() =>
            sight !== null &&
            read(formatPlace({ lon: sight.lon - 360 * Math.floor((sight.lon + 180) / 360), lat: sight.lat }))
          }
        />
        <Button type="submit">Read</Button>
      </div>
    </form>
  );
}

type Options = readonly { readonly value: string; readonly label: string }[];

/** The offered ones, and the one of the URL where it is another. */
function withOwn(options: Options, value: string | undefined): Options {
  return value === undefined || options.some((option) => option.value === value)
    ? options
    : [...options, { value, label: value }];
}

const COLOUR_MAPS: Options = [
  { value: '', label: 'Its own, or grey' },
  { value: 'viridis', label: 'Viridis' },
  { value: 'cividis', label: 'Cividis' },
  { value: 'magma', label: 'Magma' },
  { value: 'inferno', label: 'Inferno' },
  { value: 'plasma', label: 'Plasma' },
  { value: 'turbo', label: 'Turbo' },
  { value: 'terrain', label: 'Terrain' },
  { value: 'gist_earth', label: 'Earth' },
  { value: 'ylgn', label: 'Yellow to green' },
  { value: 'rdylgn', label: 'Red, yellow, green' },
  { value: 'rdbu_r', label: 'Blue to red' },
  { value: 'spectral_r', label: 'Spectral' },
  { value: 'greys', label: 'White to black' },
];
const ALGORITHMS: Options = [
  { value: '', label: 'Values' },
  { value: 'hillshade', label: 'Hillshade' },
  { value: 'slope', label: 'Slope' },
  { value: 'contours', label: 'Contours' },
];
const RESAMPLINGS: Options = [
  { value: '', label: 'As the server does' },
  { value: 'nearest', label: 'Nearest' },
  { value: 'bilinear', label: 'Bilinear' },
  { value: 'cubic', label: 'Cubic' },
  { value: 'average', label: 'Average' },
  { value: 'mode', label: 'Most frequent' },
];

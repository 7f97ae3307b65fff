import { type SourceRootList, VISIBILITIES, type Visibility } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queries } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { formatPlural } from '../format.ts';
import { JobProgress } from '../jobs/job-progress.tsx';
import { refreshJobs, useJob } from '../jobs/use-jobs.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Field, Input, Select, Textarea } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Note } from '../ui/states.tsx';
import { VISIBILITY_TEXTS, visibilityOptions } from '../visibility.ts';
import { AddedActions } from './added-actions.tsx';
import { folderFault, hrefsOf, listFault } from './hrefs.ts';

type What = 'prefix' | 'hrefs';

/** Rasters that lie where the server reaches them: catalogued in place, nothing is copied. */
export function RegisterTab(): ReactNode {
  const { data: settings } = useQuery(queries.settings());
  const { data: places } = useQuery({ ...queries.sourceRoots(), enabled: settings?.registers_in_place === true });
  const [what, setWhat] = useState<What>('prefix');
  const [prefix, setPrefix] = useState('');
  const [list, setList] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('private');
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [jobId, setJobId] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const hrefs = hrefsOf(list);
  const isEmpty = what === 'prefix' ? prefix.trim() === '' : hrefs.length === 0;
  const fault = what === 'prefix' ? folderFault(prefix) : listFault(hrefs);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblems([]);
    try {
      const which = what === 'prefix' ? { prefix: prefix.trim() } : { hrefs };
      const { job_id: id } = await client.registerRasters({ ...which, visibility });
      setJobId(id);
      void refreshJobs();
    } catch (error) {
      const { title, detail } = describeError(error);
      setProblems(
        isApiError(error) && error.items.length > 0 ? error.items.map(({ msg }) => msg) : [`${title}. ${detail}`],
      );
    } finally {
      setBusy(false);
    }
  };

  if (settings?.registers_in_place === false) return <NoPlaces />;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
      <p className="text-soft">
        Rasters on the server’s disks, in buckets or on the web are catalogued where they are. Nothing is copied, and
        nothing there is ever changed. Which places may be named, whoever runs the server decides.
      </p>
      <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <Segmented
          label="What to register"
          value={what}
          options={[
            { value: 'prefix', label: 'A folder or bucket' },
            { value: 'hrefs', label: 'A list' },
          ]}
          onValueChange={setWhat}
        />
        {what === 'prefix' ? (
          <div className="flex flex-col gap-2">
            <Field
              label="Folder on the server, or part of a bucket"
              hint="Every GeoTIFF below it is catalogued, those of folders within included."
              error={fault}
            >
              <Input
                className="font-mono text-sm"
                placeholder="/data/sentinel-2 or s3://imagery/2026/"
                spellCheck={false}
                maxLength={4096}
                value={prefix}
                onChange={({ target }) => setPrefix(target.value)}
              />
            </Field>
            <AllowedPlaces places={places?.roots ?? []} onPick={setPrefix} />
          </div>
        ) : (
          <Field
            label="Paths or URLs"
            hint={
              hrefs.length === 0
                ? 'One a line: paths on the server, objects of a bucket, addresses on the web.'
                : formatPlural(hrefs.length, 'raster')
            }
            error={fault}
          >
            <Textarea
              className="font-mono text-sm"
              rows={8}
              spellCheck={false}
              placeholder={'/data/scene-1.tif\ns3://imagery/scene-2.tif\nhttps://example.org/scene-3.tif'}
              value={list}
              onChange={({ target }) => setList(target.value)}
            />
          </Field>
        )}
        <Field label="Who may see them" hint={VISIBILITY_TEXTS[visibility]}>
          <Select value={visibility} options={visibilityOptions(VISIBILITIES)} onValueChange={setVisibility} />
        </Field>
        {problems.length > 0 && (
          <div role="alert">
            <Note tone="danger" icon={CircleAlert}>
              <ul className="m-0 list-none space-y-1 p-0">
                {problems.slice(0, 20).map((problem) => (
                  <li key={problem}>{problem}</li>
                ))}
                {problems.length > 20 && <li>and {problems.length - 20} more</li>}
              </ul>
            </Note>
          </div>
        )}
        <Button type="submit" variant="primary" busy={isBusy} disabled={isEmpty || fault !== null}>
          Register
        </Button>
      </form>
      {jobId !== null && <Registration key={jobId} jobId={jobId} />}
    </div>
  );
}

interface AllowedPlacesProps {
  readonly places: SourceRootList['roots'];
  readonly onPick: (location: string) => void;
}

/** The places that may be named; those whose contents can be listed fill the field in. */
function AllowedPlaces({ places, onPick }: AllowedPlacesProps): ReactNode {
  if (places.length === 0) return null;
  return (
    <section aria-label="Places that are allowed" className="flex flex-col items-start gap-1 text-sm">
      <p className="text-xs text-soft">Allowed here, with all that lies below:</p>
      {places.map(({ kind, location }) =>
        kind === 'url' ? (
          <p key={location} className="font-mono text-xs break-all">
            {location} <span className="font-sans text-soft">(give its rasters under “A list”)</span>
          </p>
        ) : (
          <button
            key={location}
            type="button"
            className="cursor-pointer text-left font-mono text-xs break-all text-accent hover:underline"
            onClick={() => onPick(location)}
          >
            {location}
          </button>
        ),
      )}
    </section>
  );
}

function Registration({ jobId }: { readonly jobId: string }): ReactNode {
  const { data: job } = useJob(jobId);
  const { data: added } = useQuery({ ...queries.footprints({ job_id: jobId }), enabled: job?.status === 'complete' });
  const ids = added?.footprints.map(({ id }) => id);
  return (
    <section aria-label="Registration" className="flex flex-col gap-3 border-t border-line pt-4">
      <JobProgress job={job} />
      {job?.status === 'complete' && (
        <Note tone="good" icon={CircleCheck}>
          <p>{ids === undefined ? 'They are in the catalogue.' : `${formatPlural(ids.length, 'raster')} added.`}</p>
        </Note>
      )}
      {ids !== undefined && ids.length > 0 && (
        <div className="flex flex-wrap gap-2">
          <AddedActions ids={ids} />
        </div>
      )}
    </section>
  );
}

/** That nothing may be registered, and what whoever runs the server does about it. */
function NoPlaces(): ReactNode {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
      <Note tone="warn" icon={CircleAlert}>
        <p className="font-medium">This server allows no place yet.</p>
        <p>Upload files instead, or ask whoever runs it to allow some.</p>
      </Note>
      <p className="text-soft">
        Folders, buckets and web addresses that rasters may be registered from are named when the server is started,
        with a colon between them. Whatever lies below one of them can be registered, and nothing else:
      </p>
      <CopyField label="An example of the setting" value="INLAY_SOURCE_ROOTS=/data/rasters:s3://imagery/2026/" />
      <ul className="m-0 flex list-disc flex-col gap-1 pl-5 text-sm text-soft">
        <li>A folder is one on the server’s own disks, or mounted there.</li>
        <li>A web address is http:// or https://, of servers that answer range requests.</li>
        <li>A bucket is s3://, on Amazon S3 or another store that speaks its language.</li>
      </ul>
    </div>
  );
}

import { VISIBILITIES, type Visibility } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queries } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { formatPlural } from '../format.ts';
import { JobProgress } from '../jobs/job-progress.tsx';
import { refreshJobs, useJob } from '../jobs/use-jobs.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Field, Input, Select, Textarea } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Note } from '../ui/states.tsx';
import { VISIBILITY_TEXTS, visibilityOptions } from '../visibility.ts';
import { hrefsOf } from './hrefs.ts';

type What = 'prefix' | 'hrefs';

/** Rasters that lie where the server reaches them: catalogued in place, nothing is copied. */
export function RegisterTab(): ReactNode {
  const { data: settings } = useQuery(queries.settings());
  const [what, setWhat] = useState<What>('prefix');
  const [prefix, setPrefix] = useState('');
  const [list, setList] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('private');
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [jobId, setJobId] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const hrefs = hrefsOf(list);
  const isEmpty = what === 'prefix' ? prefix.trim() === '' : hrefs.length === 0;

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

  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
      <p className="text-soft">
        Rasters on the server’s disks or on the web are catalogued where they are. Nothing is copied, and nothing there
        is ever changed.
      </p>
      {settings?.registers_in_place === false && (
        <Note tone="warn" icon={CircleAlert}>
          This server allows no place yet. Whoever runs it names folders and URL prefixes in{' '}
          <code>INLAY_SOURCE_ROOTS</code>.
        </Note>
      )}
      <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <Segmented
          label="What to register"
          value={what}
          options={[
            { value: 'prefix', label: 'A folder' },
            { value: 'hrefs', label: 'A list' },
          ]}
          onValueChange={setWhat}
        />
        {what === 'prefix' ? (
          <Field label="Folder on the server" hint="Every raster below it is catalogued.">
            <Input
              className="font-mono text-sm"
              placeholder="/data/sentinel-2"
              spellCheck={false}
              maxLength={4096}
              value={prefix}
              onChange={({ target }) => setPrefix(target.value)}
            />
          </Field>
        ) : (
          <Field label="Paths or URLs" hint={hrefs.length === 0 ? 'One a line.' : formatPlural(hrefs.length, 'raster')}>
            <Textarea
              className="font-mono text-sm"
              rows={8}
              spellCheck={false}
              placeholder={'/data/scene-1.tif\nhttps://example.org/scene-2.tif'}
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
        <Button type="submit" variant="primary" busy={isBusy} disabled={isEmpty}>
          Register
        </Button>
      </form>
      {jobId !== null && <Registration key={jobId} jobId={jobId} />}
    </div>
  );
}

function Registration({ jobId }: { readonly jobId: string }): ReactNode {
  const { data: job } = useJob(jobId);
  return (
    <section aria-label="Registration" className="flex flex-col gap-3 border-t border-line pt-4">
      <JobProgress job={job} />
      {job?.status === 'complete' && (
        <Note tone="good" icon={CircleCheck}>
          <p>They are in the catalogue.</p>
          <Link to="/" className={`${buttonClass('quiet', 'sm')} mt-2`}>
            Show the catalogue
          </Link>
        </Note>
      )}
    </section>
  );
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '@inlay/contract';
import { createClient } from '@inlay/sdk';
import { type Answer, events, json, startServer } from './server.ts';

const ID = '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11';

function job(status: Job['status'], progress: number, changes: Partial<Job> = {}): Job {
  return {
    id: ID,
    kind: 'vrt_create',
    status,
    dataset_id: null,
    source_dataset_id: null,
    title: 'Both',
    owner_name: 'ada',
    source_filename: null,
    result: null,
    error_message: null,
    can_retry: false,
    warnings: [],
    progress,
    current_step: null,
    request_id: null,
    created_at: '2026-11-05T09:30:00Z',
    started_at: null,
    completed_at: null,
    ...changes,
  };
}

const event = (of: Job): string => `event: job\ndata: ${JSON.stringify(of)}\n\n`;
const problem = (status: number, code: string, headers = {}): Answer =>
  json(status, { type: 'about:blank', title: 'No', status, detail: 'No.', code }, headers);

/** Waits with that server and tells what was reported, and which paths were asked. */
async function wait(
  t: Parameters<typeof startServer>[0],
  answers: Parameters<typeof startServer> extends [unknown, ...infer Answers] ? Answers : never,
  options: { readonly signal?: AbortSignal; readonly silenceMs?: number; readonly patienceMs?: number } = {},
): Promise<{ readonly ended: Promise<Job>; readonly progress: number[]; readonly asked: () => string[] }> {
  const server = await startServer(t, ...answers);
  const progress: number[] = [];
  const ended = createClient(server.url).waitForJob(ID, {
    ...options,
    onProgress: (now) => progress.push(now.progress),
  });
  return { ended, progress, asked: () => server.requests.map(({ url }) => url.replace(`/api/jobs/${ID}`, 'job')) };
}

void test('waiting follows the events until the job has ended', async (t) => {
  const done = job('complete', 1, { dataset_id: ID });
  const { ended, progress, asked } = await wait(t, [
    events([event(job('pending', 0)), event(job('running', 0.5)), ': still here\n\n', event(done)], 'open'),
  ]);
  assert.deepEqual(await ended, done);
  assert.deepEqual(progress, [0, 0.5, 1]);
  assert.deepEqual(asked(), ['job/events']);
});

void test('events may arrive in any pieces, cut within a character or a line end', async (t) => {
  const text = `\uFEFFretry: 10\r\n: hello\r\n\r\nid: 1\r\nevent: job\r\ndata: ${JSON.stringify(job('failed', 0.25, { error_message: '🛰 lost' }))}\r\n\r\n`;
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
    bytes.slice(index * 7, index * 7 + 7),
  );
  const { ended } = await wait(t, [events(pieces, 'open')]);
  assert.equal((await ended).error_message, '🛰 lost');
});

void test('a job that failed or was cancelled is an answer, not an error', async (t) => {
  const { ended } = await wait(t, [events([event(job('cancelled', 0.3))])]);
  assert.equal((await ended).status, 'cancelled');
});

void test('other events, and those without data, are passed over', async (t) => {
  const { ended, progress } = await wait(t, [
    events(['event: hello\ndata: x\n\n', 'event: job\n\n', 'data: y\n\n', event(job('complete', 1))]),
  ]);
  assert.equal((await ended).status, 'complete');
  assert.deepEqual(progress, [1]);
});

void test('events that break off are followed by polling, and nothing is reported twice', async (t) => {
  const running = job('running', 0.5);
  const { ended, progress, asked } = await wait(t, [
    events([event(running)], 'break'),
    json(200, running),
    json(200, job('complete', 1)),
  ]);
  assert.equal((await ended).status, 'complete');
  assert.deepEqual(progress, [0.5, 1]);
  assert.deepEqual(asked(), ['job/events', 'job', 'job']);
});

void test('events that end before the job has are followed by polling', async (t) => {
  const { ended, asked } = await wait(t, [events([event(job('running', 0.1))]), json(200, job('complete', 1))]);
  assert.equal((await ended).status, 'complete');
  assert.deepEqual(asked(), ['job/events', 'job']);
});

void test('a stream that stays silent is given up for polling', async (t) => {
  const { ended, asked } = await wait(t, [events([], 'open'), json(200, job('complete', 1))], { silenceMs: 50 });
  assert.equal((await ended).status, 'complete');
  assert.deepEqual(asked(), ['job/events', 'job']);
});

void test('an answer that is no stream of events is given up for polling', async (t) => {
  const { ended } = await wait(t, [
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    json(200, job('complete', 1)),
  ]);
  assert.equal((await ended).status, 'complete');
});

void test('a server that is busy for a while is waited for as long as it asks', async (t) => {
  const start = performance.now();
  const { ended, asked } = await wait(t, [
    problem(503, 'service_unavailable'),
    problem(429, 'too_many_requests', { 'retry-after': '1' }),
    json(200, job('complete', 1)),
  ]);
  assert.equal((await ended).status, 'complete');
  assert.deepEqual(asked(), ['job/events', 'job', 'job']);
  assert.ok(performance.now() - start >= 990, 'came back before a second was over');
});

void test('a server that stays out of reach ends the waiting with its error', async (t) => {
  const { ended } = await wait(t, [problem(503, 'service_unavailable')], { patienceMs: 200 });
  await assert.rejects(ended, { name: 'ApiError', code: 'service_unavailable' });
});

void test('a job that is not there ends the waiting at once', async (t) => {
  const { ended, asked } = await wait(t, [problem(404, 'not_found')]);
  await assert.rejects(ended, { name: 'ApiError', code: 'not_found' });
  assert.deepEqual(asked(), ['job/events']);
});

void test('events that do not describe a job are not guessed at', async (t) => {
  for (const data of ['{', '7', '{"id":"x","status":"exploded"}']) {
    const { ended } = await wait(t, [events([`event: job\ndata: ${data}\n\n`])]);
    await assert.rejects(ended, { name: 'ClientError', code: 'sdk/unexpected-answer' });
  }
});

void test('an event without end is refused, not collected', async (t) => {
  const { ended } = await wait(t, [
    events(
      Array.from({ length: 20 }, () => 'x'.repeat(100_000)),
      'open',
    ),
  ]);
  await assert.rejects(ended, { name: 'ClientError', code: 'sdk/unexpected-answer' });
});

void test('waiting can be aborted while it follows and while it polls', async (t) => {
  const reason = new Error('enough');
  const following = await wait(t, [events([event(job('running', 0))], 'open')], { signal: abortIn(40, reason) });
  await assert.rejects(following.ended, (error) => error === reason);
  const polling = await wait(t, [problem(503, 'service_unavailable'), json(200, job('running', 0))], {
    signal: abortIn(80, reason),
  });
  await assert.rejects(polling.ended, (error) => error === reason);
});

void test('what goes wrong in onProgress ends the waiting', async (t) => {
  const server = await startServer(t, events([event(job('running', 0))], 'open'));
  const mistake = new TypeError('not a function');
  const waiting = createClient(server.url).waitForJob(ID, {
    onProgress: () => {
      throw mistake;
    },
  });
  await assert.rejects(waiting, (error) => error === mistake);
});

function abortIn(milliseconds: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), milliseconds);
  return controller.signal;
}

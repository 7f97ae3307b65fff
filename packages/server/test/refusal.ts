import assert from 'node:assert/strict';

/** An answer with its body, parsed where it is JSON. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What no answer may show: SQL, our own code, stacks, errors of the operating system. */
const LEAKS =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.*\b(FROM|VALUES|SET|WHERE)\b|violates|node_modules|\.ts:\d|\n\s+at |\bE(NOENT|ACCES|ISDIR|NOTDIR|EXIST|PERM|CONNREFUSED)\b|pgboss|undefined|\[object /;

/**
 * Holds every refusal to the contract: 422 has the list of FastAPI, all others are RFC 9457 problems with our code; each
 * carries X-Request-Id, is kept by no cache, and tells nothing of the inside of the server.
 */
export function checkRefusal(request: string, { status, headers, body }: Answered, dataDir: string): void {
  if (status < 400) return;
  const where = `${request}: ${status} ${JSON.stringify(body)}`;
  assert.notEqual(status, 500, where);
  assert.match(headers.get('x-request-id') ?? '', /^[\w.:-]+$/, where);
  assert.equal(headers.get('cache-control'), 'no-store', where);
  assert.equal(headers.get('etag'), null, where);
  if (request.startsWith('HEAD')) return;

  const text = JSON.stringify(body);
  assert.ok(!text.includes(dataDir), where);
  const type = headers.get('content-type');
  if (status === 422) {
    assert.equal(type, 'application/json; charset=utf-8', where);
    checkItems((body as { detail: unknown }).detail, where);
    return;
  }
  assert.equal(type, 'application/problem+json; charset=utf-8', where);
  const problem = body as Record<string, unknown>;
  assert.equal(problem['status'], status, where);
  for (const member of ['type', 'title', 'detail', 'code']) {
    assert.ok(typeof problem[member] === 'string' && problem[member] !== '', `${member} of ${where}`);
  }
  assert.doesNotMatch(text, LEAKS, where);
}

function checkItems(detail: unknown, where: string): void {
  assert.ok(Array.isArray(detail) && detail.length > 0 && detail.length <= 1000, where);
  for (const item of detail as Record<string, unknown>[]) {
    assert.ok(Array.isArray(item['loc']) && ['body', 'query', 'path'].includes(item['loc'][0] as string), where);
    assert.match(String(item['type']), /^[a-z_]+$/, where);
    assert.ok(typeof item['msg'] === 'string' && item['msg'] !== '', where);
    assert.ok('input' in item, where);
    // What was sent may be anything; what we say of it may not.
    assert.doesNotMatch(item['msg'], LEAKS, where);
  }
}

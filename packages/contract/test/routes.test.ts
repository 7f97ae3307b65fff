import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations, parseBody, parseQuery, routes, validate } from '@inlay/contract';

void test('the API is these operations', () => {
  assert.deepEqual(
    operations.map(({ method, path, access }) => `${method} ${path} ${access}`),
    [
      'POST /api/ingest/vrt/create editor',
      'POST /api/ingest/vrt/validate editor',
      'GET /api/datasets/{id}/vrt-sources/ anonymous',
      'GET /api/datasets/{id}/vrt/status/ anonymous',
      'GET /api/datasets/{id}/vrt/generations/ anonymous',
      'POST /api/ingest/vrt/{id}/sources/ editor',
      'PUT /api/ingest/vrt/{id}/sources/ editor',
      'DELETE /api/ingest/vrt/{id}/sources/{source_id}/ editor',
      'POST /api/datasets/{id}/vrt/regenerate/ editor',
      'POST /api/datasets/{id}/vrt/rollback/ editor',
      'POST /api/ingest/upload editor',
      'POST /api/ingest/preview/{job_id} editor',
      'POST /api/ingest/commit/{job_id} editor',
      'POST /api/ingest/register-rasters editor',
      'GET /api/ingest/source-roots editor',
      'POST /api/datasets/{id}/replace editor',
      'POST /api/datasets/{id}/refresh editor',
      'GET /api/jobs signed_in',
      'GET /api/jobs/{id} signed_in',
      'POST /api/jobs/{id}/cancel signed_in',
      'POST /api/jobs/{id}/retry signed_in',
      'GET /api/jobs/{id}/events signed_in',
      'GET /api/datasets/ anonymous',
      'GET /api/datasets/footprints anonymous',
      'GET /api/datasets/{id} anonymous',
      'PATCH /api/datasets/{id} editor',
      'DELETE /api/datasets/{id} editor',
      'GET /api/datasets/{id}/quicklook anonymous',
      'POST /api/datasets/{id}/check-files editor',
      'GET /api/datasets/{id}/versions anonymous',
      'GET /api/datasets/{id}/history/ editor',
      'GET /api/datasets/{id}/grants/ editor',
      'PUT /api/datasets/{id}/grants/ editor',
      'DELETE /api/datasets/{id}/grants/{user} signed_in',
      'GET /api/datasets/{id}/shares/ editor',
      'POST /api/datasets/{id}/shares/ editor',
      'DELETE /api/datasets/{id}/shares/{share_id} editor',
      'GET /api/datasets/{id}/tiles/{z}/{x}/{y}.{format} anonymous',
      'GET /api/datasets/{id}/tiles/{z}/{x}/{y}@{scale}x.{format} anonymous',
      'GET /api/datasets/{id}/tiles/{tile_matrix_set}/{z}/{x}/{y}.{format} anonymous',
      'GET /api/datasets/{id}/tiles/{tile_matrix_set}/{z}/{x}/{y}@{scale}x.{format} anonymous',
      'GET /api/datasets/{id}/tilejson.json anonymous',
      'GET /api/datasets/{id}/WMTSCapabilities.xml anonymous',
      'GET /api/tiles/token/{id}/ anonymous',
      'GET /api/datasets/{id}/preview anonymous',
      'GET /api/datasets/{id}/bbox/{minx},{miny},{maxx},{maxy}.{format} anonymous',
      'POST /api/datasets/{id}/feature anonymous',
      'GET /api/datasets/{id}/point/{lon},{lat} anonymous',
      'POST /api/datasets/{id}/point anonymous',
      'GET /api/datasets/{id}/statistics anonymous',
      'GET /api/datasets/{id}/histogram anonymous',
      'GET /api/datasets/{id}/legend anonymous',
      'GET /api/datasets/{id}/download/vrt anonymous',
      'HEAD /api/datasets/{id}/download/vrt anonymous',
      'GET /api/datasets/{id}/download/vrt/generations/{generation_id}/chunks/{number}.vrt anonymous',
      'HEAD /api/datasets/{id}/download/vrt/generations/{generation_id}/chunks/{number}.vrt anonymous',
      'GET /api/datasets/{id}/download/vrt/generations/{generation_id}/overviews/{number}.tif anonymous',
      'HEAD /api/datasets/{id}/download/vrt/generations/{generation_id}/overviews/{number}.tif anonymous',
      'GET /api/datasets/{id}/download/cog anonymous',
      'HEAD /api/datasets/{id}/download/cog anonymous',
      'GET /api/datasets/{id}/download/cog.msk anonymous',
      'HEAD /api/datasets/{id}/download/cog.msk anonymous',
      'GET /api/datasets/{id}/download/cog.ovr anonymous',
      'HEAD /api/datasets/{id}/download/cog.ovr anonymous',
      'GET /api/datasets/{id}/download/original anonymous',
      'HEAD /api/datasets/{id}/download/original anonymous',
      'GET /api/datasets/{id}/download/versions/{version}/cog anonymous',
      'HEAD /api/datasets/{id}/download/versions/{version}/cog anonymous',
      'GET /api/datasets/{id}/download/versions/{version}/cog.msk anonymous',
      'HEAD /api/datasets/{id}/download/versions/{version}/cog.msk anonymous',
      'GET /api/datasets/{id}/download/versions/{version}/cog.ovr anonymous',
      'HEAD /api/datasets/{id}/download/versions/{version}/cog.ovr anonymous',
      'POST /api/datasets/{id}/export signed_in',
      'POST /api/datasets/{id}/export/plan signed_in',
      'GET /api/jobs/{id}/result signed_in',
      'HEAD /api/jobs/{id}/result signed_in',
      'POST /api/auth/login anonymous',
      'POST /api/auth/one-time anonymous',
      'POST /api/auth/sign-in-links signed_in',
      'POST /api/auth/logout anonymous',
      'GET /api/auth/me/ signed_in',
      'GET /api/auth/api-keys/ signed_in',
      'POST /api/auth/api-keys/ signed_in',
      'DELETE /api/auth/api-keys/{id} signed_in',
      'POST /api/auth/password signed_in',
      'GET /api/users/ admin',
      'POST /api/users/ admin',
      'GET /api/users/{id} admin',
      'PATCH /api/users/{id} admin',
      'PUT /api/users/{id}/password admin',
      'DELETE /api/users/{id} admin',
      'GET /api/audit admin',
      'GET /api/health anonymous',
      'GET /api/ready anonymous',
      'GET /api/settings anonymous',
      'POST /api/gc admin',
      'GET /api/crs/bounds anonymous',
      'GET /api/openapi.json anonymous',
      'GET /api/docs anonymous',
    ],
  );
});

void test('every operation stands in the table under its own id', () => {
  for (const [key, operation] of Object.entries(routes)) assert.equal(operation.id, key);
});

void test('every example of a request is one that is accepted', () => {
  const examples = operations.flatMap(({ id, body }) => (body?.example === undefined ? [] : [{ id, ...body }]));
  assert.ok(examples.length >= 9, `there are ${examples.length} examples`);
  for (const { id, mediaType, schema, example } of examples) {
    const isForm = mediaType === 'application/x-www-form-urlencoded';
    const parsed = isForm
      ? parseQuery(schema, example as Record<string, string>, ['body'])
      : parseBody(schema, example);
    assert.deepEqual(parsed.ok ? [] : parsed.items, [], id);
  }
});

void test('every example of an answer is of its schema', () => {
  for (const { id, responses } of operations) {
    for (const { schema, example } of Object.values(responses)) {
      if (schema !== undefined && example !== undefined) assert.deepEqual(validate(schema, example, [id]), []);
    }
  }
});

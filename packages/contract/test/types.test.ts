import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodyOf, ParamsOf, ParsedBodyOf, ParsedQueryOf, QueryOf, ResponseOf, Routes } from '@inlay/contract';

// oxlint-disable typescript/no-unnecessary-type-parameters -- the type parameters defer the comparison, which is the point

/** Compiles where both types are the same, whatever they are called. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

void test('what an operation takes and answers is inferred from the route table', () => {
  const claims: [
    Same<BodyOf<Routes['createVrt']>['vrt_type'], 'mosaic' | 'band_stack'>,
    Same<BodyOf<Routes['createVrt']>['summary'], string | null | undefined>,
    Same<BodyOf<Routes['createVrt']>['visibility'], 'private' | 'restricted' | 'internal' | 'public' | undefined>,
    Same<ParsedBodyOf<Routes['createVrt']>['visibility'], 'private' | 'restricted' | 'internal' | 'public'>,
    Same<QueryOf<Routes['listDatasets']>['limit'], number | undefined>,
    Same<ParsedQueryOf<Routes['listDatasets']>['limit'], number>,
    Same<ParamsOf<Routes['getJob']>, { id: string }>,
    Same<ParamsOf<Routes['listJobs']>, undefined>,
    Same<BodyOf<Routes['getJob']>, undefined>,
    Same<ResponseOf<Routes['uploadRaster'], 201>['status'], 'pending'>,
    Same<ResponseOf<Routes['uploadRaster']>['status'], 'pending' | 'accepted'>,
    Same<ResponseOf<Routes['deleteDataset']>, undefined>,
  ] = [true, true, true, true, true, true, true, true, true, true, true, true];
  assert.equal(claims.length, 12);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DatasetListQuery,
  DatasetParams,
  DownloadVrtQuery,
  Login,
  parseQuery,
  QuicklookQuery,
  type TextFields,
  TileQuery,
  UploadFields,
  UploadQuery,
} from '@inlay/contract';

type Schema = Parameters<typeof parseQuery>[0];

/** The problems as `[place, type]`; nothing for a good query. */
function typesOf(schema: Schema, fields: TextFields): unknown[] {
  const parsed = parseQuery(schema, fields);
  return parsed.ok ? [] : parsed.items.map(({ loc, type }) => [loc.join('.'), type]);
}

void describe('a query', () => {
  void it('is read with its defaults', () => {
    assert.deepEqual(parseQuery(DatasetListQuery, {}), {
      ok: true,
      value: { limit: 50, skip: 0, sort: '-created_at' },
    });
  });

  void it('is converted to numbers, lists and booleans', () => {
    assert.deepEqual(parseQuery(DatasetListQuery, { limit: '10', skip: '20', bbox: '-180,-90,1.5e2,+90', q: '12' }), {
      ok: true,
      value: { limit: 10, skip: 20, bbox: [-180, -90, 150, 90], q: '12', sort: '-created_at' },
    });
    assert.deepEqual(parseQuery(UploadQuery, { commit: 'True' }), { ok: true, value: { commit: true } });
    assert.deepEqual(parseQuery(UploadQuery, { commit: '0' }), { ok: true, value: { commit: false } });
  });

  void it('is refused for text that stands for no value of the kind', () => {
    assert.deepEqual(parseQuery(QuicklookQuery, { size: 'big' }), {
      ok: false,
      items: [
        {
          loc: ['query', 'size'],
          msg: 'Input should be a valid integer, unable to parse string as an integer',
          type: 'int_parsing',
          input: 'big',
        },
      ],
    });
    assert.deepEqual(typesOf(QuicklookQuery, { size: '' }), [['query.size', 'int_parsing']]);
    assert.deepEqual(typesOf(QuicklookQuery, { size: '0x100' }), [['query.size', 'int_parsing']]);
    assert.deepEqual(typesOf(QuicklookQuery, { size: '512.0' }), [['query.size', 'int_parsing']]);
    assert.deepEqual(typesOf(QuicklookQuery, { size: '4096' }), [['query.size', 'less_than_equal']]);
    assert.deepEqual(typesOf(QuicklookQuery, { size: ['16', '32'] }), [['query.size', 'int_type']]);
    assert.deepEqual(typesOf(UploadQuery, { commit: 'maybe' }), [['query.commit', 'bool_parsing']]);
    assert.deepEqual(typesOf(DatasetListQuery, { bbox: '1,2,x,nan' }), [
      ['query.bbox.2', 'float_parsing'],
      ['query.bbox.3', 'finite_number'],
    ]);
    assert.deepEqual(typesOf(DatasetListQuery, { bbox: '1,2,3' }), [['query.bbox', 'too_short']]);
    assert.deepEqual(typesOf(DatasetListQuery, { bbox: '' }), [['query.bbox', 'too_short']]);
  });

  void it('keeps its commas where the field is one that is repeated, and finds numbers among allowed values', () => {
    const parsed = parseQuery(TileQuery, { rescale: '0,3000', bidx: ['3', '2,1'], tile_size: '512' });
    assert.ok(parsed.ok);
    const { rescale, bidx, tile_size: tileSize } = parsed.value;
    assert.deepEqual([rescale, bidx, tileSize], [['0,3000'], ['3', '2,1'], 512]);
    assert.deepEqual(typesOf(TileQuery, { tile_size: '300' }), [['query.tile_size', 'literal_error']]);
  });

  void it('is refused for a name that is not declared, not answered as if it were not there', () => {
    assert.deepEqual(typesOf(DatasetListQuery, { visiblity: 'public' }), [['query.visiblity', 'extra_forbidden']]);
    const hostile = JSON.parse('{"__proto__":"x"}') as TextFields;
    assert.deepEqual(typesOf(DatasetListQuery, hostile), [['query.__proto__', 'extra_forbidden']]);
  });

  void it('is refused for what is none of the values of a list', () => {
    assert.deepEqual(typesOf(DownloadVrtQuery, { sources: 'ftp' }), [['query.sources', 'literal_error']]);
  });
});

void describe('other text', () => {
  void it('of a path says where it stands', () => {
    const parsed = parseQuery(DatasetParams, { id: 'latest' }, ['path']);
    assert.deepEqual(parsed.ok ? null : parsed.items[0]?.loc, ['path', 'id']);
  });

  void it('of a form keeps 64-bit nodata values exact, and takes the words for what is no number', () => {
    const nodataOf = (text: string): unknown => {
      const parsed = parseQuery(UploadFields, { nodata_override: text }, ['body']);
      return parsed.ok ? parsed.value.nodata_override : parsed.items[0]?.type;
    };
    assert.equal(nodataOf('-9999'), -9999);
    assert.equal(nodataOf('-3.4028234663852886e+38'), -3.4028234663852886e38);
    assert.equal(nodataOf('18446744073709551615'), '18446744073709551615');
    assert.equal(nodataOf('nan'), 'nan');
    assert.equal(nodataOf('none'), 'string_pattern_mismatch');
  });

  void it('of a form may be the OAuth 2 password grant as its clients send it', () => {
    const form = {
      grant_type: 'password',
      username: 'ada',
      password: '007',
      scope: '',
      client_id: '',
      client_secret: '',
    };
    assert.deepEqual(parseQuery(Login, form, ['body']), { ok: true, value: form });
  });
});

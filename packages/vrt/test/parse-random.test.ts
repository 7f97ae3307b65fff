import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseVrt, sourceFilenames, VrtError, writeModel } from '@inlay/vrt';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { arbitraryModel } from './arbitrary-model.ts';
import { DOCUMENTS } from './vrt-documents.ts';

const SEED = 20_261_123;

it('any model is what its document says', () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      assert.deepEqual(parseVrt(writeModel(model)), model);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

it('a damaged document is refused with a VrtError, or is a model that is what its document says', () => {
  const outcomes = { refused: 0, read: 0 };
  fc.assert(
    fc.property(damaged, (document) => {
      try {
        const model = parseVrt(document);
        outcomes.read += 1;
        assert.deepEqual(parseVrt(writeModel(model)), model);
        assert.ok([...sourceFilenames(model)].every(({ filename }) => typeof filename === 'string'));
      } catch (error) {
        assert.ok(error instanceof VrtError, `${String(error)} of ${document}`);
        outcomes.refused += 1;
      }
    }),
    { seed: SEED, numRuns: 3000 },
  );
  // Neither of the two may be the exception.
  assert.ok(outcomes.read > 300 && outcomes.refused > 300, JSON.stringify(outcomes));
});

it('what is well-formed is what another XML parser takes for it', () => {
  fc.assert(
    fc.property(damaged, (document) => {
      const code = refusal(document);
      // What follows another document element is not looked at.
      fc.pre(code !== 'vrt/not-a-vrt');
      // Half a surrogate pair passes as half of whatever follows.
      fc.pre(!/\p{Surrogate}/u.test(document));
      assert.equal(code === 'vrt/malformed-xml', isMalformedToSaxes(document), document);
    }),
    { seed: SEED + 1, numRuns: 3000 },
  );
});

/** Documents with some places cut out, doubled, swapped, or with markup thrown in. */
const damaged = fc
  .record({
    document: fc.constantFrom(...Object.values(DOCUMENTS)),
    damages: fc.array(
      fc.record({
        at: fc.nat({ max: 5000 }),
        length: fc.nat({ max: 3 }),
        insert: fc.oneof(
          fc.constantFrom('', '', ' ', '\n', '1', '-', 'x', 'nan', '&amp;', '&#65;', '\u{1f600}'),
          fc.constantFrom('<', '>', '/', '"', "'", '&', '&#0;', ']]>', '<![CDATA[', '<!--', '-->', '--', '<?', '?>'),
          fc.constantFrom('=', '\u0000', '\ud800', '<a/>', '<!-- -->', '</a>', 'x="y" ', '<VRTRasterBand>'),
        ),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(({ document, damages }) => {
    let text: string = document;
    for (const { at, length, insert } of damages) {
      const start = at % (text.length + 1);
      text = text.slice(0, start) + insert + text.slice(start + length);
    }
    return text;
  });

function refusal(document: string): string | null {
  try {
    parseVrt(document);
  } catch (error) {
    assert.ok(error instanceof VrtError);
    return error.code;
  }
  return null;
}

function isMalformedToSaxes(document: string): boolean {
  const parser = new SaxesParser();
  let isMalformed = false;
  parser.on('error', () => {
    isMalformed = true;
  });
  parser.write(document).close();
  return isMalformed;
}

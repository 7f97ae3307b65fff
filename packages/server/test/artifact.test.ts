import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { artifactHref, renameSources } from '../src/virtual-rasters/artifact.ts';

const ID = '0a8f1b52-6a30-4f5e-9c1d-2b7e3f4a5d6c';

async function renamed(line: string): Promise<string> {
  return text(Readable.from([Buffer.from(line)]).pipe(renameSources((id) => `/a&b/${id.slice(0, 4)}`)));
}

describe('the sources that an artifact names', () => {
  it('are renamed in the text of a name', async () => {
    const line = `<SourceFilename relativeToVRT="0">${artifactHref(ID)}</SourceFilename>\n`;
    assert.equal(await renamed(line), '<SourceFilename relativeToVRT="0">/a&amp;b/0a8f</SourceFilename>\n');
  });

  it('are renamed in a document that stands in place of a name', async () => {
    const inner = `&lt;SourceFilename relativeToVRT=&quot;0&quot;&gt;${artifactHref(ID)}&lt;/SourceFilename&gt;`;
    assert.equal(
      await renamed(`<SourceFilename relativeToVRT="0">${inner}${inner}</SourceFilename>\n`),
      `<SourceFilename relativeToVRT="0">${inner.replace(artifactHref(ID), '/a&amp;amp;b/0a8f').repeat(2)}</SourceFilename>\n`,
    );
  });

  it('stay what they are elsewhere', async () => {
    const line = `<Description>${artifactHref(ID)}</Description>\n`;
    assert.equal(await renamed(line), line);
  });
});

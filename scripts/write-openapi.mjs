// Writes docs/openapi.json, the API as the contract describes it. With --check it only compares, and fails where the
// checked-in document is not what the contract says: then run `npm run openapi` and commit the result.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '@inlay/contract';

const file = new URL('../docs/openapi.json', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const document = openApiDocument({ version, serverUrl: '/' });
const paths = Object.keys(document.paths).length;
const text = formatted(JSON.stringify(document));

if (process.argv.includes('--check')) {
  const stored = await readFile(file, 'utf8');
  if (stored === text) {
    console.log(`docs/openapi.json is what the contract says: ${paths} paths`);
  } else {
    const lines = stored.split('\n');
    const line = text.split('\n').findIndex((expected, index) => expected !== lines[index]) + 1;
    console.error(`docs/openapi.json is not what the contract says, first in line ${line}. Run: npm run openapi`);
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
  console.log(`wrote docs/openapi.json: ${paths} paths`);
}

/** As the formatter wants it, so that `npm run format` leaves the document alone. */
function formatted(json) {
  const oxfmt = fileURLToPath(new URL('../node_modules/.bin/oxfmt', import.meta.url));
  return execFileSync(oxfmt, ['--stdin-filepath=docs/openapi.json'], { input: json, encoding: 'utf8' });
}

// Holds up the walls between packages: which may import which, and which files may touch the outside world.
// `node scripts/check-boundaries.mjs [root]` prints `file:line rule` for each breach and exits with 1.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages of this repository that each may import; `testing` is for tests, everywhere. */
const MAY_IMPORT = {
  geo: [],
  vrt: ['geo'],
  raster: ['geo'],
  contract: [],
  geotiff: ['geo', 'raster'],
  mosaic: ['geo', 'vrt', 'raster', 'geotiff'],
  tiler: ['geo', 'vrt', 'raster', 'geotiff'],
  server: ['geo', 'vrt', 'raster', 'geotiff', 'mosaic', 'tiler', 'contract'],
  sdk: ['contract'],
  cli: ['sdk', 'geo', 'vrt', 'geotiff', 'server'],
  web: ['sdk', 'contract'],
  testing: ['geo', 'raster'],
};

/** Modules that only some source files may import (paths below packages/). Tests may import what they need. */
const RESERVED = [
  {
    modules: ['kysely', 'pg', 'pg-boss'],
    allowed: [
      /^server\/src\/db\//,
      /^server\/src\/.*-store\.ts$/,
      /^server\/src\/.*\/search\.ts$/,
      /^server\/src\/jobs\/queue\.ts$/,
      /^server\/src\/deps\.ts$/,
    ],
    rule: 'SQL belongs to server/src/db, *-store.ts, search.ts, jobs/queue.ts and deps.ts',
  },
  {
    modules: ['sharp'],
    allowed: [/^tiler\/src\/(encode|quicklook)\.ts$/, /^geotiff\/src\/codecs\//, /^testing\//, /^cli\/src\/demo\//],
    rule: 'sharp belongs to tiler/src/encode.ts, tiler/src/quicklook.ts and geotiff/src/codecs',
  },
];

const ENVIRONMENT_READERS = [/^(server|cli)\/src\/config\.ts$/, /^cli\/src\/bin\.ts$/, /^testing\//, /^[^/]+\/test\//];
const IMPORT =
  /(?:^|[;}])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
const TYPES_ONLY = /^[;}\s]*(?:import|export)\s+type\s/;

const root = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
const forAllTests = Object.keys(readPackage(root).devDependencies ?? {});
const breaches = readdirSync(join(root, 'packages')).flatMap((name) => checkPackage(name));
for (const breach of breaches) console.error(breach);
process.exitCode = breaches.length === 0 ? 0 : 1;

function checkPackage(name) {
  const folder = join(root, 'packages', name);
  if (!existsSync(join(folder, 'package.json'))) return [];
  const { dependencies = {}, devDependencies = {} } = readPackage(folder);
  if (MAY_IMPORT[name] === undefined)
    return [`packages/${name} is in no row of MAY_IMPORT in scripts/check-boundaries.mjs`];
  return ['src', 'test'].flatMap((part) =>
    sourceFiles(join(folder, part)).flatMap((file) => {
      const isTest = part === 'test';
      const forTests = isTest ? [...Object.keys(devDependencies), ...forAllTests] : [];
      // Types of an undeclared `x` come from a declared `@types/x`, a devDependency.
      const types = Object.keys(devDependencies).filter((dependency) => dependency.startsWith('@types/'));
      return checkFile(file, { name, folder, isTest, types, declared: [...Object.keys(dependencies), ...forTests] });
    }),
  );
}

function checkFile(file, owner) {
  const path = relative(join(root, 'packages'), file).split(sep).join('/');
  const text = withoutComments(readFileSync(file, 'utf8'));
  const breaches = [...text.matchAll(IMPORT)].flatMap((match) => {
    const specifier = match[1] ?? match[2];
    const rules = specifier.startsWith('.')
      ? siblingRules(specifier, file, owner)
      : packageRules(specifier, path, owner, TYPES_ONLY.test(match[0]));
    return [...rules].map((rule) => ({
      index: match.index + match[0].indexOf(specifier),
      rule: `"${specifier}": ${rule}`,
    }));
  });
  if (!matchesAny(path, ENVIRONMENT_READERS)) {
    for (const match of text.matchAll(/\bprocess\.env\b/g)) {
      breaches.push({ index: match.index, rule: 'process.env is read in config.ts only' });
    }
  }
  return breaches.map(({ index, rule }) => `packages/${path}:${text.slice(0, index).split('\n').length} ${rule}`);
}

function* siblingRules(specifier, file, { folder, isTest }) {
  if (!/\.(ts|tsx|json|css)$/.test(specifier)) yield 'sibling imports carry their extension, .ts';
  const target = resolve(dirname(file), specifier);
  if (!target.startsWith(folder + sep)) yield 'other packages are imported by their name';
  if (!isTest && target === join(folder, 'src', 'index.ts'))
    yield 'files import siblings, never the index of their own package';
}

function* packageRules(specifier, path, { name, isTest, declared, types }, isTypesOnly) {
  if (specifier.startsWith('node:')) return;
  if (builtinModules.includes(specifier)) {
    yield `write "node:${specifier}"`;
    return;
  }
  const imported = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const own = /^@inlay\/(.+)$/.exec(imported)?.[1];
  if (own === name && !isTest) yield 'files import siblings, never their own package';
  else if (own === 'testing' && !isTest) yield '@inlay/testing is for tests';
  else if (own !== undefined && own !== name && own !== 'testing' && !isTest && !MAY_IMPORT[name].includes(own)) {
    yield `${name} may import ${MAY_IMPORT[name].join(', ') || 'no other package'} only`;
  }
  const isTyped = isTypesOnly && types.includes(`@types/${imported.replace('@', '').replace('/', '__')}`);
  if (own !== name && !declared.includes(imported) && !isTyped) yield `is not in packages/${name}/package.json`;
  for (const { modules, allowed, rule } of RESERVED) {
    if (modules.includes(imported) && !isTest && !isTypesOnly && !matchesAny(path, allowed)) yield rule;
  }
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function matchesAny(path, patterns) {
  return patterns.some((pattern) => pattern.test(path));
}

/** Comments become spaces, so that what they quote counts for nothing and line numbers stay. Strings are left alone. */
function withoutComments(text) {
  const tokens = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*/g;
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token));
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

// Ends a build: puts the responder beside the page, makes the service worker, and holds the whole against its budget.
// H5_WASM names the folder with the responder (`h5.wasm`) and its filters (`h5-filters.wasm`); without it there is a page for `h5 browse` only.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Bytes after gzip: of the responder, and of all that is loaded. */
const MOST_WASM = 300_000;
const MOST = 700_000;

const MODULES = ['h5.wasm', 'h5-filters.wasm'];
if (process.env.H5_WASM) for (const name of MODULES) copyFileSync(join(process.env.H5_WASM, name), join(dist, name));

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .filter((name) => name !== 'sw.js')
  .sort();

const hash = createHash('sha256');
for (const name of files) hash.update(name).update(readFileSync(join(dist, name)));
const template = readFileSync(new URL('sw.js', import.meta.url), 'utf8');
const listed = ['./', ...files.filter((name) => name !== 'licences.txt').map((name) => `./${name}`)];
writeFileSync(
  join(dist, 'sw.js'),
  template.replace('__VERSION__', hash.digest('hex').slice(0, 16)).replace('__FILES__', JSON.stringify(listed, null, 2)),
);

const packed = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
const scripts = files.filter((name) => /\.(js|css|html)$/.test(name));
const page = [...scripts, 'sw.js'].reduce((sum, name) => sum + packed(name), 0);
const [wasm, filters] = MODULES.map((name) => (existsSync(join(dist, name)) ? packed(name) : 0));
const all = page + wasm + filters;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`page ${kB(page)}, h5.wasm ${wasm === 0 ? 'not there' : kB(wasm)} of ${kB(MOST_WASM)}, h5-filters.wasm ${kB(filters)}, together ${kB(all)} of ${kB(MOST)} after gzip; ` +
  `${files.length} files, ${kB(files.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0))} on disk`);
if (!process.env.H5_WASM_LARGE && (wasm > MOST_WASM || all > MOST)) {
  console.error('The page is larger than it may be.');
  process.exit(1);
}

// Runs the tests of the page, in both of its shapes: `npm test`, `npm test -- views` for some.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './kit/browser.mjs';
import { startOracle } from './kit/oracle.mjs';
import { DIST, MADE, python } from './kit/places.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);

if (!existsSync(join(DIST, 'index.html'))) throw new Error('the page is not built: npm run build');
if (!existsSync(join(DIST, 'h5.wasm'))) throw new Error('dist has no h5.wasm: build it with `cargo xtask web`, or give H5_WASM to npm run build');
execFileSync(python(), [join(folder, 'kit/make.py'), MADE], { stdio: 'inherit' });

const results = { passed: 0, failed: [] };
let browser = await launch();
const oracle = startOracle();

for (const name of readdirSync(folder).filter((one) => one.endsWith('.test.mjs')).sort()) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const { tests } = await import(`./${name}`);
  for (const [title, test] of tests) {
    if (process.env.H5_ONLY && !title.includes(process.env.H5_ONLY)) continue;
    if (!browser.isConnected()) browser = await launch();
    const began = Date.now();
    try {
      await test({ browser, oracle });
      results.passed += 1;
      console.log(`ok      ${name.replace('.test.mjs', '')}: ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      results.failed.push(title);
      console.log(`FAILED  ${name.replace('.test.mjs', '')}: ${title}\n${error.stack ?? error}${error.faults?.length > 0 ? `\n    the page: ${error.faults.join('\n    ')}` : ''}`);
      for (const context of browser.contexts()) await context.close().catch(() => undefined);
    }
  }
}

oracle.close();
await browser.close();
console.log(`${results.passed} passed, ${results.failed.length} failed`);
process.exit(results.failed.length > 0 ? 1 : 0);

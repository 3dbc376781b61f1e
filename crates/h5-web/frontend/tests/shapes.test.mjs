// What is special to a shape: a file that grows, a folder, a page without a network, a file behind an address, who may ask.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newPage, unexpected } from './kit/browser.mjs';
import { fixture, MADE, python } from './kit/places.mjs';
import { browse, serveFolder, serveStatic } from './kit/servers.mjs';
import { withFile } from './kit/site.mjs';

const PLAIN = fixture('cli/plain.h5');

export const tests = [];
const test = (title, run) => tests.push([title, run]);

test('a file that grows: a badge, and new rows without asking (program)', async ({ browser }) => {
  const file = join(MADE, 'growing.h5');
  const writer = spawn(python(), [fileURLToPath(new URL('kit/make.py', import.meta.url)), 'grow', file, '600', '60'], {
    env: { ...process.env, HDF5_USE_FILE_LOCKING: 'FALSE' },
  });
  await once(writer.stdout, 'data');
  try {
    await withFile(browser, 'program', file, {}, async (site) => {
      await site.show('/rows');
      await site.as('Table');
      await site.page.locator('.badge-live').waitFor();
      const rows = () => site.page.locator('.cells-view').evaluate((view) => Number(view.getAttribute('aria-rowcount')));
      const before = await rows();
      await site.page.waitForFunction((count) => Number(document.querySelector('.cells-view').getAttribute('aria-rowcount')) > count + 5, before);
      assert.equal(Number(await site.cell(2, 0)), 1);
    });
  } finally {
    writer.kill();
  }
});

test('a folder is a list of its files (program)', async ({ browser }) => {
  const folder = join(MADE, 'folder');
  mkdirSync(join(folder, 'inner'), { recursive: true });
  copyFileSync(PLAIN, join(folder, 'first.h5'));
  copyFileSync(fixture('pymodaq/scan.h5'), join(folder, 'inner/second.h5'));
  const server = await browse(folder);
  const page = await newPage(browser);
  try {
    await page.goto(server.url);
    await page.getByRole('button', { name: /^inner/ }).click();
    await page.getByRole('button', { name: /^second\.h5/ }).click();
    await page.locator('[data-path="/RawData"]').waitFor();
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.getByRole('button', { name: /^first\.h5/ }).click();
    await page.locator('[data-path="/entry"]').waitFor();
    assert.deepEqual(unexpected(page), []);
  } finally {
    await page.context().close();
    server.close();
  }
});

test('once loaded, it works without a network (static)', async ({ browser }) => {
  const server = await serveStatic();
  const page = await newPage(browser);
  try {
    await page.goto(server.url);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(async () => (await caches.keys()).length === 1 && (await (await caches.open((await caches.keys())[0])).keys()).length > 10);
    server.close();
    await page.context().setOffline(true);
    await page.reload();
    await page.setInputFiles('#file', PLAIN);
    await page.locator('[data-path="/entry"]').waitFor();
    await page.evaluate(() => {
      location.hash = 'path=/entry/matrix';
    });
    await page.waitForSelector('.plot-canvas canvas');
    assert.deepEqual(unexpected(page), []);
  } finally {
    await page.context().close();
    server.close();
  }
});

test('a file behind an address is read by ranges (static)', async ({ browser, oracle }) => {
  const [server, host] = [await serveStatic(), await serveFolder(MADE)];
  const page = await newPage(browser);
  let most = 0;
  page.on('response', (response) => {
    if (response.url().endsWith('.h5')) most = Math.max(most, Number(response.headers()['content-length'] ?? 0));
  });
  try {
    await page.goto(`${server.url}?url=${encodeURIComponent(`${host.url}sparse.h5`)}#path=/after`);
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.waitForFunction(() => document.querySelector('[data-cell="5,0"]')?.textContent.startsWith('5'));
    assert.ok(most <= 1 << 20, `one request of ${most} bytes`);
    assert.equal((await oracle.ask({ file: join(MADE, 'sparse.h5'), path: '/after', what: 'values' })).length, 6);
    assert.deepEqual(unexpected(page), []);
  } finally {
    await page.context().close();
    server.close();
    host.close();
  }
});

test('what is no HDF5 file says so, and another can be opened (static)', async ({ browser }) => {
  const server = await serveStatic();
  const page = await newPage(browser);
  try {
    await page.goto(server.url);
    await page.setInputFiles('#file', fixture('README.md'));
    await page.getByRole('alert').waitFor();
    await page.setInputFiles('#file', PLAIN);
    await page.locator('[data-path="/entry"]').waitFor();
  } finally {
    await page.context().close();
    server.close();
  }
});

test('without its token the program gives nothing (program)', async ({ browser }) => {
  const server = await browse(PLAIN);
  const page = await newPage(browser);
  try {
    const { origin } = new URL(server.url);
    assert.equal((await page.goto(`${origin}/`)).status(), 403);
    assert.equal((await page.goto(`${origin}/api/session`)).status(), 403);
    await page.goto(server.url);
    await page.locator('[data-path="/entry"]').waitFor();
    assert.ok(!page.url().includes('token'), 'the token is not in the address');
  } finally {
    await page.context().close();
    server.close();
  }
});

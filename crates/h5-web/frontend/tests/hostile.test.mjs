// Files that mean harm, and files that are damaged: names are text, and what is broken says why.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, MADE, python } from './kit/places.mjs';
import { SHAPES, withFile } from './kit/site.mjs';

/** A refusal that the page shows is an error in Chromium's console too. */
const REFUSED = [/Failed to load resource: the server responded with a status of (4|5)\d\d/];

const MARKUP = join(MADE, 'markup.h5');
const MAKE = `
import h5py, sys
with h5py.File(sys.argv[1], "w") as file:
    evil = '<img src=x onerror=alert(1)>'
    group = file.create_group(evil.replace("/", "_"))
    group.attrs[evil] = "<script>alert(2)</script>"
    group.attrs["TITLE"] = '"><svg onload=alert(3)>'
    file.create_group("javascript:alert(4)")
    file["text"] = "<b onmouseover=alert(5)>x</b>"
    file["a" * 5000] = 1
    file["?path=%2F&x=#y"] = 2
    file["soft"] = h5py.SoftLink("/<iframe srcdoc='<script>alert(6)</script>'>")
`;

export const tests = [];
const both = (title, file, run) => {
  for (const shape of SHAPES) {
    tests.push([`${title} (${shape})`, async ({ browser, oracle }) => {
      await withFile(browser, shape, file(), { allowed: REFUSED }, (site) => run(site, oracle));
    }]);
  }
};

both('markup in names and values is text', () => {
  execFileSync(python(), ['-c', MAKE, MARKUP]);
  return MARKUP;
}, async (site) => {
  const evil = '/<img src=x onerror=alert(1)>';
  await site.page.locator(`[data-path=${JSON.stringify(evil)}]`).click();
  await site.page.waitForFunction(() => document.querySelector('.object-title')?.textContent.includes('onload=alert(3)'));
  await site.tab('Attributes');
  await site.page.getByText('<script>alert(2)</script>').waitFor();
  assert.equal(await site.page.locator('#root img[src=x], #root script, #root iframe').count(), 0);
  await site.show('/text');
  assert.equal(await site.scalar(), '<b onmouseover=alert(5)>x</b>');
  await site.show('/?path=%2F&x=#y');
  assert.equal(await site.scalar(), '2');
  await site.show('/soft');
  await site.page.getByRole('alert').waitFor();
  await site.show(`/${'a'.repeat(5000)}`);
  assert.equal(await site.scalar(), '1');
});

both('names for terminals and bytes that are no text', () => fixture('cli/hostile.h5'), async (site) => {
  const names = await site.page.evaluate(async () => {
    const tree = document.querySelector('.tree');
    for (let top = 0; top < tree.scrollHeight; top += 400) {
      tree.scrollTop = top;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return document.querySelectorAll('[role=treeitem]').length;
  });
  assert.ok(names > 5);
  for (const row of await site.page.locator('.row[data-path]').all().then((rows) => rows.slice(2, 12))) {
    await row.click();
    await site.page.waitForSelector('.object-title');
  }
});

both('a damaged chunk says so, its neighbours are shown', () => fixture('cli/damaged.h5'), async (site) => {
  await site.show('/broken');
  await site.page.getByRole('alert').getByText('damaged').waitFor();
  await site.show('/whole');
  await site.as('Table');
  assert.equal(await site.cell(2, 0), '2');
});

for (const name of readdirSync(fixture('hostile')).filter((one) => one.endsWith('.h5'))) {
  both(`${name} neither hangs nor breaks the page`, () => fixture(`hostile/${name}`), async (site) => {
    await site.page.locator('[role=tree]').focus();
    await site.page.keyboard.press('*');
    await site.page.waitForTimeout(500);
    const paths = await site.page.locator('.row[data-path]').evaluateAll((rows) => rows.map((row) => row.dataset.path).slice(0, 6));
    for (const path of paths) {
      await site.show(path);
      await site.page.waitForFunction(() => !document.querySelector('.object .waiting'));
    }
  });
}

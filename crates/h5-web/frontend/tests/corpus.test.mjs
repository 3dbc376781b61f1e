// Files of other programs: thirty of different kinds open in both shapes, with the objects and the numbers that h5py finds.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { corpus } from './kit/places.mjs';
import { shelfOf } from './kit/shelf.mjs';
import { SHAPES } from './kit/site.mjs';

const FILES = 30;
/** Datasets of a file that are compared, and values of each. */
const DATASETS = 3;

export const tests = [];

const folder = corpus();
if (folder) {
  for (const shape of SHAPES) tests.push([`files of other programs (${shape})`, (kit) => compare(shape, kit)]);
} else {
  console.log('        no corpus of files of other programs here: H5_CORPUS names one');
}

/** One small file of each project in turn, until there are enough. */
async function chosen(oracle) {
  const byProject = new Map();
  for (const line of readFileSync(join(folder, 'dev.txt'), 'utf8').split('\n')) {
    const name = line.trim();
    const path = join(folder, 'files', name);
    if (!/\.(h5|hdf5|nc|nxs|mat|h5ad|loom)$/i.test(name) || !existsSync(path) || statSync(path).size > 20_000_000) continue;
    const project = name.split('/')[0];
    byProject.set(project, [...(byProject.get(project) ?? []), path]);
  }
  const found = [];
  for (let turn = 0; found.length < FILES && turn < 40; turn += 1) {
    for (const paths of byProject.values()) {
      const path = paths[turn * 7 % paths.length];
      if (found.length >= FILES || !path || found.some((one) => one.path === path)) continue;
      const datasets = await oracle.ask({ file: path, what: 'datasets' }).catch(() => []);
      if (datasets.length > 0) found.push({ path, datasets });
    }
  }
  return found;
}

async function compare(shape, { browser, oracle }) {
  const files = await chosen(oracle);
  assert.equal(files.length, FILES);
  const shelf = await shelfOf(browser, shape, files.map(({ path }) => path));
  let [values, datasets] = [0, 0];
  try {
    for (const [number, { path: file, datasets: all }] of files.entries()) {
      const site = await shelf.open(number);
      const children = await oracle.ask({ file, what: 'children' });
      const rows = await site.page.locator('[role=treeitem][aria-level="2"]').first().getAttribute('aria-setsize');
      assert.equal(Number(rows), children.length, `children of ${file}`);
      for (const { path, shape: size } of all.slice(0, DATASETS)) {
        values += await sameValues(site, oracle, file, path, size);
        datasets += 1;
      }
    }
  } finally {
    await shelf.close();
  }
  console.log(`        ${files.length} files, ${datasets} datasets, ${values} values`);
}

/** The first cells of a dataset are what h5py reads; how many they were. */
async function sameValues(site, oracle, file, path, size) {
  await site.show(path);
  await site.page.waitForSelector('.dataset, .data, .fault');
  if ((await site.page.locator('[role=tab]', { hasText: 'Array' }).count()) > 0) await site.tab('Array');
  await site.as('Table');
  const selection = size.map((n, i) => (i < size.length - 2 ? 0 : `0:${Math.min(n, 3)}`)).join(',');
  const expected = await oracle.ask({ file, path, what: 'values', selection });
  const cells = size.length === 1 ? expected.map((one) => [one]) : expected;
  for (const [row, columns] of cells.entries()) {
    for (const [column, value] of columns.entries()) {
      const shown = await site.cell(row, column);
      const [a, b] = [shown, value].map((text) => Number(text.replace('inf', 'Infinity')));
      assert.ok(Object.is(a, b), `${file} ${path} [${row}, ${column}]: ${shown}, not ${value}`);
    }
  }
  return cells.flat().length;
}

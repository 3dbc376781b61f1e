// Files that PyMoDAQ wrote: every kind of data in them is shown with its channels' values, its axes and units.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, golden } from './kit/places.mjs';
import { shelfOf } from './kit/shelf.mjs';
import { near, SHAPES } from './kit/site.mjs';

/** Data of a file that are looked at, each of another kind. */
const DATA = 5;
const SIGNAL = 'section[aria-label=Signal]';

/** Files, and what PyMoDAQ loads from each. */
function files() {
  const folder = golden();
  const all = [[fixture('pymodaq/scan.h5'), fixture('pymodaq/scan.expected.json')]];
  for (const name of folder ? readdirSync(folder).filter((one) => one.endsWith('.h5')) : []) {
    const expected = join(folder, name.replace(/h5$/, 'json'));
    if (existsSync(expected)) all.push([join(folder, name), expected]);
  }
  return all;
}

/** Data with numbers of dimensions and channels that no other has. */
function kinds(expected) {
  const found = new Map();
  for (const [path, data] of Object.entries(expected.all ?? {})) {
    if (data.cls !== 'DataWithAxes') continue;
    const kind = [data.shape.length, data.nav_indexes.length, data.distribution, data.errors !== null, data.data.length].join();
    if (!found.has(kind)) found.set(kind, { path, ...data });
  }
  return [...found.values()].slice(0, DATA);
}

export const tests = SHAPES.map((shape) => [`what PyMoDAQ wrote, as it loads it (${shape})`, async ({ browser, oracle }) => {
  const all = files();
  const shelf = await shelfOf(browser, shape, all.map(([file]) => file));
  let count = 0;
  for (const [number, [file, expected]] of all.entries()) {
    const site = await shelf.open(number);
    for (const data of kinds(JSON.parse(readFileSync(expected, 'utf8')))) {
      try {
        await compare(site, (question) => oracle.ask({ file, path: data.path, ...question }), data);
      } catch (error) {
        throw new Error(`${file} ${data.path}: ${error.message}`, { cause: error });
      }
      count += 1;
    }
  }
  await shelf.close();
  console.log(`        ${all.length} files, ${count} data`);
}]);

async function compare(site, ask, data) {
  await site.show(data.path);
  await site.page.waitForSelector(SIGNAL);
  await site.settled();
  const selection = data.shape.map((_, index) => (data.nav_indexes.includes(index) ? 0 : ':')).join(',');
  const values = [await ask({ what: 'values', selection })].flat(Infinity).map(Number);
  if (values.length === 1) {
    const single = site.page.locator(`${SIGNAL} [data-single=${JSON.stringify(data.labels[0])}]`);
    const text = await single.textContent();
    near(Number.parseFloat(text), values[0], 'value');
    assert.ok(text.endsWith(data.units), `${text} has its units, ${data.units}`);
    return;
  }
  const finite = values.filter(Number.isFinite);
  if (finite.length > 0) {
    const drawn = await site.statistics(SIGNAL);
    near(drawn.min, Math.min(...finite), 'least');
    near(drawn.max, Math.max(...finite), 'greatest');
    near(drawn.mean, finite.reduce((sum, one) => sum + one, 0) / finite.length, 'mean');
  }
  const axis = data.axes.find(({ index }) => index === data.sig_indexes[data.sig_indexes.length - 1]);
  if (!axis?.label || data.sig_indexes.length > 2) return;
  await site.page.locator(`${SIGNAL} .plot-canvas`).focus();
  await site.page.keyboard.press('Home');
  const label = axis.units ? `${axis.label} (${axis.units})` : axis.label;
  await site.page.locator(`${SIGNAL} .readout-point`, { hasText: `${label} = ` }).waitFor();
}

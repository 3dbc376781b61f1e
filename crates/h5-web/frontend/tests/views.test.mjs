// Every view shows what h5py reads.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fixture, MADE } from './kit/places.mjs';
import { near, SHAPES, withFile } from './kit/site.mjs';

const PLAIN = fixture('cli/plain.h5');
const KINDS = join(MADE, 'kinds.h5');

export const tests = [];
const test = (title, run) => tests.push([title, run]);
const both = (title, file, run, options) => {
  for (const shape of SHAPES) {
    test(`${title} (${shape})`, async ({ browser, oracle }) => {
      await withFile(browser, shape, file, options, (site) => run(site, (question) => oracle.ask({ file, ...question }), shape));
    });
  }
};

/** Waits until a picture of rows and columns, drawn as large as fits in a canvas, has a colour at a row and a column. */
async function colourIs(site, selector, [rows, columns], [row, column], expected) {
  const canvas = site.page.locator(selector);
  let seen = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const png = (await canvas.screenshot()).toString('base64');
    seen = await site.page.evaluate(async ([data, down, across]) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const scale = Math.min(image.width / across.all, image.height / down.all);
      const place = (size, { all, at }) => Math.round((size - all * scale) / 2 + (at + 0.5) * scale);
      const drawn = new OffscreenCanvas(image.width, image.height).getContext('2d');
      drawn.drawImage(image, 0, 0);
      return [...drawn.getImageData(place(image.width, across), place(image.height, down), 1, 1).data].slice(0, 3);
    }, [png, { all: rows, at: row }, { all: columns, at: column }]);
    if (seen.every((part, i) => Math.abs(part - expected[i]) <= 2)) return;
    await site.page.waitForTimeout(200);
  }
  assert.deepEqual(seen, expected, `colours at row ${row}, column ${column}`);
}

both('a table has the values of a matrix, a cube slice and text', PLAIN, async (site, ask) => {
  await site.show('/entry/matrix');
  await site.as('Table');
  const matrix = await ask({ path: '/entry/matrix', what: 'values' });
  for (const [row, values] of matrix.entries()) {
    for (const [column, value] of values.entries()) assert.equal(await site.cell(row, column), value);
  }
  await site.show('/entry/cube');
  await site.as('Table');
  const slider = site.page.getByRole('slider', { name: 'Index along dim 0' });
  await slider.focus();
  await site.page.keyboard.press('ArrowRight');
  const slice = await ask({ path: '/entry/cube', what: 'values', selection: '1' });
  await site.page.waitForFunction((text) => document.querySelector('[data-cell="0,0"]')?.textContent === text, String(Number(slice[0][0])));
  assert.equal(Number(await site.cell(2, 3)), Number(slice[2][3]));
  await site.show('/kinds/text');
  const text = await ask({ path: '/kinds/text', what: 'values' });
  for (const [row, value] of text.entries()) assert.equal(await site.cell(row, 0), value);
});

both('scalars, compounds, enumerations, booleans, special numbers', PLAIN, async (site, ask) => {
  await site.show('/kinds/scalar');
  assert.equal(Number(await site.scalar()), 2.5);
  await site.show('/kinds/table');
  assert.equal(await site.cell(0, 0), '1');
  assert.equal(await site.cell(1, 1), 'two');
  await site.show('/kinds/big');
  await site.as('Table');
  assert.deepEqual([await site.cell(0, 0), await site.cell(1, 0)], await ask({ path: '/kinds/big', what: 'values' }));
  await site.show('/kinds/null');
  await site.page.getByText('no elements (its dataspace is null)').waitFor();
  await site.show('/kinds/empty');
  await site.page.getByText('one of its dimensions is 0').waitFor();
  await site.show('/kinds/special');
  await site.as('Table');
  assert.match(await site.cell(0, 0), /^nan$/i);
});

both('a heatmap and a line have the statistics of what is drawn, and the slider moves them', KINDS, async (site, ask) => {
  await site.show('/stack');
  await site.settled();
  const first = await ask({ path: '/stack', what: 'statistics', selection: '0,0' });
  const drawn = await site.statistics();
  near(drawn.min, first[0], 'least');
  near(drawn.max, first[1], 'greatest');
  near(drawn.mean, first[2], 'mean');
  await site.page.getByRole('spinbutton', { name: 'Index along dim 0, number' }).fill('3');
  await site.page.getByRole('slider', { name: 'Index along dim 1' }).focus();
  await site.page.keyboard.press('End');
  await site.page.waitForSelector('[data-selection="3,4,:,:"][aria-busy=false]');
  const moved = await site.statistics();
  const expected = await ask({ path: '/stack', what: 'statistics', selection: '3,4' });
  near(moved.mean, expected[2], 'mean of the slice');
  await site.as('Line');
  await site.page.waitForSelector('[data-selection="0,0,0,:"][aria-busy=false]');
  near((await site.statistics()).mean, (await ask({ path: '/stack', what: 'statistics', selection: '0,0,0' }))[2], 'mean of the line');
});

both('a cursor reads a point of a map and of a line', KINDS, async (site, ask) => {
  await site.show('/stack');
  await site.settled();
  const map = site.page.locator('.plot-canvas');
  await map.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await site.page.keyboard.press(key);
  const value = Number(await ask({ path: '/stack', what: 'values', selection: '0,0,2,3' }));
  const shown = await site.readout();
  assert.match(shown, /^dim 3 = 3, dim 2 = 2, /);
  near(Number(shown.split('= ').pop()), value, 'value under the cursor');
  const box = await map.locator('canvas').boundingBox();
  await site.page.mouse.click(box.x + box.width * (10.5 / 40), box.y + box.height * (1 - 20.5 / 30));
  await site.page.waitForFunction((before) => document.querySelector('.readout-point')?.textContent !== before, shown);
  const clicked = await site.readout();
  const [, column, row] = /^dim 3 = (\d+), dim 2 = (\d+)/.exec(clicked);
  assert.ok(Math.abs(column - 10) <= 1 && Math.abs(row - 20) <= 1, `clicked near (10, 20): ${clicked}`);
  near(Number(clicked.split('= ').pop()), Number(await ask({ path: '/stack', what: 'values', selection: `0,0,${row},${column}` })), 'clicked value');
});

both('complex numbers have parts, pictures have colours, long curves are reduced truly', KINDS, async (site, ask) => {
  await site.show('/waves');
  await site.settled();
  near((await site.statistics()).max, 7, 'greatest amplitude');
  await site.page.getByLabel('Part').selectOption('real');
  const real = (await ask({ path: '/waves', what: 'values' })).map(([re]) => Number(re));
  await site.settled();
  near((await site.statistics()).min, Math.min(...real), 'least real part');
  await site.show('/field');
  await site.settled();
  await site.page.getByLabel('Part').selectOption('amplitude');
  await site.show('/picture');
  await site.as('Picture');
  for (const [row, column] of [[5, 7], [40, 60]]) {
    const expected = (await ask({ path: '/picture', what: 'values', selection: `${row},${column}` })).map(Number);
    await colourIs(site, 'section[aria-label=Picture] canvas', [48, 64], [row, column], expected);
  }
  await site.show('/long');
  await site.settled();
  const [min, max] = await ask({ path: '/long', what: 'statistics' });
  const drawn = await site.statistics();
  near(drawn.min, min, 'least of a million');
  near(drawn.max, max, 'greatest of a million');
  await site.page.getByText('the least and the greatest of each stretch').waitFor();
});

both('a long curve that is zoomed shows each element', KINDS, async (site, ask) => {
  await site.show('/long');
  await site.settled();
  const box = await site.page.locator('.plot-canvas canvas').boundingBox();
  // The stretch between two places is chosen with the Shift key: a tenth, and a tenth of that, until each element is drawn.
  const middle = box.y + box.height / 2;
  await site.page.keyboard.down('Shift');
  for (const elements of [/^1\d\d,\d{3} elements/, /^1\d,\d{3} elements/, /^1,\d{3} elements/]) {
    for (const [place, action] of [[0.5, 'down'], [0.55, null], [0.6, 'up']]) {
      await site.page.mouse.move(box.x + box.width * place, middle);
      await site.frame();
      if (action) await site.page.mouse[action]();
      await site.frame();
    }
    await site.page.locator('.readout-note', { hasText: elements }).waitFor();
  }
  await site.page.keyboard.up('Shift');
  await site.page.getByText('elements in view: each is drawn').waitFor();
  // The tip has the element under the mouse.
  await site.page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  const tip = site.page.locator('.tip');
  await tip.waitFor();
  const index = Number((await tip.locator('div').first().textContent()).split('= ').pop());
  near(Number(await tip.locator('strong').textContent()), Number((await ask({ path: '/long', what: 'values', selection: `${index}:${index + 1}` }))[0]), 'element under the mouse');
});

both('a table of a compound scrolls to its end', KINDS, async (site, ask) => {
  await site.show('/table');
  await site.cell(0, 0);
  await site.page.getByRole('table', { name: 'Values of table' }).focus();
  await site.page.keyboard.press('End');
  await site.page.locator('.cells-view').evaluate((view) => view.scrollTo(0, view.scrollHeight));
  const last = (await ask({ path: '/table', what: 'values', selection: '299:300' }))[0];
  assert.equal(Number(await site.cell(299, 0)), Number(last[0]));
  assert.equal(await site.cell(299, 1), last[1]);
  assert.equal(await site.cell(299, 2), last[2]);
});

both('attributes, long ones unfolded, and storage', KINDS, async (site, ask) => {
  await site.show('/stack');
  await site.tab('Attributes');
  assert.equal(await site.attribute('units'), 'counts');
  await site.page.getByRole('button', { name: /^Show all/ }).click();
  await site.page.waitForSelector('.value-whole');
  assert.equal(await site.page.locator('.value-whole').textContent(), await ask({ path: '/stack', what: 'attribute', name: 'long' }));
  await site.tab('Storage');
  const fact = (name) => site.page.locator(`[data-fact="${name}"] dd`).textContent();
  await site.page.waitForSelector('[data-fact=Layout]');
  assert.equal(await fact('Layout'), 'chunked');
  assert.match(await fact('Chunks stored'), /^30 of 30$/);
  assert.match(await fact('Compression'), /^\d/);
  await site.page.getByRole('rowheader', { name: 'deflate' }).waitFor();
});

both('links, breadcrumbs, search, copying', PLAIN, async (site, ask, shape) => {
  await site.show('/links/dangling');
  await site.page.getByRole('alert').getByText('/nowhere').waitFor();
  await site.show('/entry/cube');
  await site.page.getByRole('navigation', { name: 'Path' }).getByRole('button', { name: 'entry' }).click();
  await site.page.waitForFunction(() => document.querySelector('.object-title')?.textContent === 'entry');
  await site.page.keyboard.press('/');
  await site.page.getByRole('combobox', { name: 'Search' }).fill('units');
  await site.page.locator('[data-find="/entry/matrix"]').click();
  await site.page.waitForFunction(() => document.querySelector('.object-title')?.textContent === 'matrix');
  assert.equal(await site.copied('path'), '/entry/matrix');
  assert.match(await site.copied('h5py'), /h5py\.File[\s\S]*entry\/matrix/);
  assert.match(await site.copied('rust'), /entry\/matrix/);
  assert.ok(shape);
});

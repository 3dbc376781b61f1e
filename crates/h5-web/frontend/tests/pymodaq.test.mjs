// PyMoDAQ's data, settings, logs, previews and comments.

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, MADE } from './kit/places.mjs';
import { near, SHAPES, withFile } from './kit/site.mjs';

const SCAN = fixture('pymodaq/scan.h5');
const MIXED = join(MADE, 'pymodaq.h5');
const CAMERA = '/RawData/Scan001/Detector001/Data2D/CH00/Data00';

export const tests = [];
const both = (title, file, run) => {
  for (const shape of SHAPES) {
    tests.push([`${title} (${shape})`, async ({ browser, oracle }) => {
      await withFile(browser, shape, file, {}, (site) => run(site, (question) => oracle.ask({ file, ...question })));
    }]);
  }
};

both('a point of the map shows its image', SCAN, async (site, ask) => {
  await site.show(CAMERA);
  const signal = 'section[aria-label=Signal]';
  const navigation = 'section[aria-label=Navigation]';
  await site.page.waitForSelector(`${navigation} canvas`);
  await site.page.waitForSelector(`${signal} canvas`);
  await site.settled();
  assert.equal(await site.page.locator('.object-title').textContent(), 'c2Data00');
  const whole = await ask({ path: CAMERA, what: 'values' });
  const means = whole.flat().map((image) => image.flat().reduce((sum, value) => sum + Number(value), 0) / 12);
  const drawn = await site.statistics(navigation);
  near(drawn.min, Math.min(...means), 'least mean');
  near(drawn.max, Math.max(...means), 'greatest mean');
  near((await site.statistics(signal)).max, 11, 'greatest of the first image');

  // A click in the middle of the pixel of row 1, column 2.
  const box = await site.page.locator(`${navigation} canvas`).boundingBox();
  await site.page.mouse.click(box.x + box.width * (2.5 / 3), box.y + box.height * 0.25);
  const expected = await ask({ path: CAMERA, what: 'statistics', selection: '1,2' });
  await site.page.waitForFunction(
    ([pane, max]) => Number(document.querySelector(`${pane} [data-stat=max]`)?.textContent) === max, [signal, expected[1]]);
  near((await site.statistics(signal)).mean, expected[2], 'mean of the image that was clicked');
  assert.match(await site.readout(navigation), /^Xaxis \(mm\) = 2, Yaxis \(mm\) = 1.5, /);

  // The same by keyboard.
  await site.page.getByRole('slider', { name: 'Scan index along Yaxis' }).focus();
  await site.page.keyboard.press('Home');
  const other = await ask({ path: CAMERA, what: 'statistics', selection: '0,2' });
  await site.page.waitForFunction(
    ([pane, max]) => Number(document.querySelector(`${pane} [data-stat=max]`)?.textContent) === max, [signal, other[1]]);
});

both('channels, axes with units, errors, background', MIXED, async (site, ask) => {
  await site.show('/RawData/Detector000/Data1D/CH00/Data00');
  const signal = 'section[aria-label=Signal]';
  await site.page.waitForSelector(`${signal} canvas`);
  await site.settled();
  const plain = await ask({ path: '/RawData/Detector000/Data1D/CH00/Data00', what: 'statistics' });
  near((await site.statistics(signal)).max, plain[1], 'greatest');
  await site.page.locator(`${signal} .plot-canvas`).focus();
  await site.page.keyboard.press('Home');
  await site.page.keyboard.press('PageUp');
  assert.match(await site.readout(signal), /^wavelength \(nm\) = 4\d\d, line0 \(V\) = [\d.]+ \u00b1 [\d.]+$/);
  await site.page.getByRole('button', { name: 'Subtract background' }).click();
  await site.page.getByText('background subtracted', { exact: true }).waitFor();
  await site.page.waitForFunction(
    ([pane, max]) => Math.abs(Number(document.querySelector(`${pane} [data-stat=max]`)?.textContent) - max) < 1e-3, [signal, plain[1] - 5]);
  await site.page.getByRole('button', { name: 'All 2 channels' }).click();
  await site.page.getByRole('button', { name: 'line1', exact: true }).first().waitFor();
});

both('a scan of points anywhere is a map of dots', MIXED, async (site, ask) => {
  const path = '/RawData/Scan000/Detector000/Data1D/CH00/Data00';
  await site.show(path);
  await site.page.waitForSelector('section[aria-label=Navigation] canvas');
  await site.settled();
  await site.page.getByRole('spinbutton', { name: 'Scan index along Point, number' }).fill('9');
  const expected = await ask({ path, what: 'statistics', selection: '9' });
  await site.page.waitForFunction((mean) =>
    Math.abs(Number(document.querySelector('section[aria-label=Signal] [data-stat=mean]')?.textContent) - mean) < 1e-3, expected[2]);
  assert.match(await site.readout('section[aria-label=Navigation]'), /^x \(mm\) = -?[\d.]+, y \(mm\) = -?[\d.]+, value = /);
});

both('several nodes are plotted together', MIXED, async (site, ask) => {
  await site.show('/RawData/Detector000/Data1D/CH00/Data00');
  for (const name of ['Data00', 'Data01']) {
    await site.page.locator(`[data-path="/RawData/Detector000/Data1D/CH00/${name}"]`).click({ modifiers: ['Control'] });
  }
  await site.page.getByText('2 marked').waitFor();
  await site.page.getByRole('button', { name: 'Plot together' }).click();
  await site.page.waitForSelector('section[aria-label=Together] canvas');
  assert.equal(await site.page.locator('.legend-item').count(), 2);
  near((await site.statistics('section[aria-label=Together]')).max,
    (await ask({ path: '/RawData/Detector000/Data1D/CH00/Data00', what: 'statistics' }))[1], 'greatest');
  await site.page.getByRole('button', { name: 'Subtract background' }).click();
  await site.page.waitForFunction(() =>
    Math.abs(Number(document.querySelector('section[aria-label=Together] [data-stat=max]')?.textContent) - 100) < 1);
});

both('settings are trees, the log is a list', SCAN, async (site) => {
  await site.show('/RawData/Scan000/Detector000');
  await site.tab('Settings');
  await site.page.waitForSelector('.setting');
  assert.ok((await site.page.locator('.setting').count()) > 2, 'there are settings');
  await site.page.getByPlaceholder('Find a setting').fill('no such setting at all');
  await site.page.getByText('No such setting.').waitFor();
  await site.show('/RawData/Logger');
  await site.page.waitForSelector('.log li');
  assert.deepEqual(await site.page.locator('.log li').allTextContents(), ['scan done']);
});

both('previews and comments are shown', MIXED, async (site) => {
  await site.show('/RawData/Scan000');
  await site.tab('Previews');
  await site.page.waitForFunction(() => document.querySelector('img.pixmap')?.naturalWidth === 8);
  await site.show('/RawData/Detector000');
  await site.tab('Comments');
  assert.equal(await site.page.locator('[data-comments]').textContent(), 'aligned before lunch');
  await site.page.getByText('open for reading only').waitFor();
});

both('a file of a release that is not understood says so', join(MADE, 'old.h5'), async (site) => {
  await site.page.locator('.top-warning', { hasText: 'PyMoDAQ 3.6.12' }).waitFor();
});

tests.push(['a comment is added where writing is allowed (program)', async ({ browser, oracle }) => {
  const file = join(MADE, 'commented.h5');
  copyFileSync(MIXED, file);
  await withFile(browser, 'program', file, { options: ['--write'] }, async (site) => {
    await site.show('/RawData/Detector000');
    await site.tab('Comments');
    await site.page.getByLabel('New comment').fill('and "again" after');
    await site.page.getByRole('button', { name: 'Add comment' }).click();
    await site.page.getByText('Added').waitFor();
    assert.match(await site.page.locator('[data-comments]').textContent(), /aligned before lunch[\s\S]*and "again" after/);
  });
  const kept = await oracle.ask({ file, path: '/RawData/Detector000', what: 'attribute', name: 'comments' });
  assert.match(kept, /aligned before lunch.*and \\"again\\" after/);
}]);

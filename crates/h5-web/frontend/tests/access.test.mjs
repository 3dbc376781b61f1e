// For everyone: axe-core finds no serious fault, light or dark; the main tasks work by keyboard alone; a phone shows all.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { newPage, unexpected } from './kit/browser.mjs';
import { fixture, MADE } from './kit/places.mjs';
import { serveStatic } from './kit/servers.mjs';
import { near, withFile } from './kit/site.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCAN = fixture('pymodaq/scan.h5');
const KINDS = join(MADE, 'kinds.h5');

export const tests = [];

async function check(page, where) {
  // Not as an element: the content policy of the page holds for axe, too.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${where}: ${id}, ${help}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join(' | ')}`);
  assert.deepEqual(serious, []);
}

for (const colorScheme of ['light', 'dark']) {
  tests.push([`axe-core: views of a scan and of arrays (${colorScheme})`, async ({ browser }) => {
    await withFile(browser, 'program', SCAN, { page: { colorScheme } }, async (site) => {
      await check(site.page, 'group');
      await site.show('/RawData/Scan001/Detector001/Data2D/CH00/Data00');
      await site.page.waitForSelector('section[aria-label=Navigation] canvas');
      await site.settled();
      await check(site.page, 'scan');
      for (const tab of ['Array', 'Attributes', 'Storage', 'Comments']) {
        await site.tab(tab);
        await site.settled();
        await check(site.page, tab);
      }
      await site.show('/RawData/Scan000/Detector000');
      await site.tab('Settings');
      await check(site.page, 'settings');
      await site.show('/RawData/Logger');
      await site.settled();
      await check(site.page, 'log');
      await site.page.keyboard.press('/');
      await site.page.getByRole('combobox', { name: 'Search' }).fill('data');
      await site.page.locator('[data-find]').first().waitFor();
      await check(site.page, 'search');
      await site.page.getByRole('button', { name: 'Export' }).click();
      await check(site.page, 'menu');
      await site.page.keyboard.press('Escape');
      await site.page.keyboard.press('?');
      await site.page.waitForSelector('dialog[open]');
      await check(site.page, 'help');
    });
  }]);
}

tests.push(['axe-core: the static page before and after a file, tables and pictures', async ({ browser }) => {
  const server = await serveStatic();
  const page = await newPage(browser);
  try {
    await page.goto(server.url);
    await page.waitForSelector('h1');
    await check(page, 'landing');
  } finally {
    await page.context().close();
    server.close();
  }
  await withFile(browser, 'static', KINDS, {}, async (site) => {
    for (const path of ['/table', '/notes', '/picture', '/stack']) {
      await site.show(path);
      await site.settled();
      await check(site.page, path);
    }
    await site.as('Table');
    await site.settled();
    await check(site.page, 'matrix');
  });
}]);

tests.push(['by keyboard alone: find a scan, choose a point, read a value, change views, export', async ({ browser, oracle }) => {
  await withFile(browser, 'program', SCAN, {}, async (site) => {
    const { page } = site;
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => {
      const tree = document.querySelector('.tree');
      return document.getElementById(tree.getAttribute('aria-activedescendant'))?.dataset.path;
    });
    const reach = async (path) => {
      for (let i = 0; i < 40 && (await focused()) !== path; i += 1) {
        await press('ArrowDown');
        await page.waitForTimeout(60);
      }
      assert.equal(await focused(), path);
    };
    await press('t');
    await reach('/RawData');
    for (const path of ['/RawData/Scan001', '/RawData/Scan001/Detector001', '/RawData/Scan001/Detector001/Data2D', '/RawData/Scan001/Detector001/Data2D/CH00',
      '/RawData/Scan001/Detector001/Data2D/CH00/Data00']) {
      await press('ArrowRight');
      await page.waitForSelector(`[data-path="${path.slice(0, path.lastIndexOf('/'))}"][aria-expanded=true]`);
      await page.waitForTimeout(150);
      await reach(path);
    }
    await press('Enter');
    await page.waitForSelector('section[aria-label=Navigation] canvas');
    await site.settled();

    // To the map, by Tab; through its points, by arrows.
    await press('o');
    for (let i = 0; i < 40; i += 1) {
      await press('Tab');
      if (await page.evaluate(() => document.activeElement?.matches('section[aria-label=Navigation] .plot-canvas'))) break;
    }
    await press('ArrowRight', 'ArrowUp');
    const expected = await oracle.ask({ file: SCAN, path: '/RawData/Scan001/Detector001/Data2D/CH00/Data00', what: 'statistics', selection: '1,1' });
    await page.waitForFunction((max) => Number(document.querySelector('section[aria-label=Signal] [data-stat=max]')?.textContent) === max, expected[1]);
    near((await site.statistics('section[aria-label=Signal]')).mean, expected[2], 'mean of the chosen image');

    // Tabs by arrows, a menu by keys.
    for (let i = 0; i < 60; i += 1) {
      await press('Shift+Tab');
      if (await page.evaluate(() => document.activeElement?.matches('[role=tab]'))) break;
    }
    await press('ArrowRight', 'ArrowRight');
    await page.waitForSelector('[data-attribute=nav_indexes]');
    for (let i = 0; i < 10; i += 1) {
      await press('Shift+Tab');
      if (await page.evaluate(() => document.activeElement?.textContent === 'Export')) break;
    }
    await press('Enter');
    await page.waitForSelector('[role=menuitem]:focus');
    const { name } = await site.download(() => press('ArrowDown', 'Enter'));
    assert.equal(name, 'Data00.npy');
    await press('u');
    await page.waitForFunction(() => document.querySelector('.crumbs [aria-current=page]')?.textContent === 'CH00');
  });
}]);

tests.push(['on a phone: the tree is a drawer, nothing is wider than the screen', async ({ browser }) => {
  await withFile(browser, 'static', SCAN, { page: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true } }, async (site) => {
    const { page } = site;
    await page.getByRole('button', { name: 'Tree of objects' }).click();
    await page.locator('[data-path="/RawData"]').click();
    await page.waitForFunction(() => document.querySelector('.crumbs [aria-current=page]')?.textContent === 'RawData');
    await site.show('/RawData/Scan001/Detector001/Data2D/CH00/Data00');
    await page.waitForSelector('section[aria-label=Signal] canvas');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
    await check(page, 'phone');
    assert.deepEqual(unexpected(page), []);
  });
}]);

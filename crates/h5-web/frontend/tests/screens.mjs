// Makes the pictures of the documentation: `npm run screens`, `npm run screens -- 04` from the fourth.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, newPage } from './kit/browser.mjs';
import { fixture, FRONTEND, MADE } from './kit/places.mjs';
import { serveStatic } from './kit/servers.mjs';
import { openFile } from './kit/site.mjs';

const DOCS = join(FRONTEND, 'docs');
mkdirSync(DOCS, { recursive: true });
const SCAN = fixture('pymodaq/scan.h5');
const KINDS = join(MADE, 'kinds.h5');
const MIXED = join(MADE, 'pymodaq.h5');
const MANY = join(MADE, 'many.h5');
const browser = await launch();

async function picture(name, file, path, prepare = async () => undefined, page = {}) {
  if (process.argv[2] && name < process.argv[2]) return;
  const site = await openFile(browser, 'program', file, { page: { viewport: { width: 1280, height: 840 }, ...page } });
  await site.show(path);
  await site.settled();
  await prepare(site);
  await site.settled();
  await site.page.waitForTimeout(1200);
  await site.page.screenshot({ path: join(DOCS, `${name}.png`) });
  await site.close();
  console.log(name);
}

const canvas = (site) => site.page.waitForSelector('.plot-canvas canvas');

await picture('01-scan', SCAN, '/RawData/Scan001/Detector001/Data2D/CH00/Data00', async (site) => {
  await canvas(site);
  await site.page.getByRole('spinbutton', { name: 'Scan index along Xaxis, number' }).fill('1');
});
await picture('02-spectrum', MIXED, '/RawData/Detector000/Data1D/CH00', async (site) => {
  await canvas(site);
  await site.page.getByRole('button', { name: 'Subtract background' }).click();
});
await picture('03-spread', MIXED, '/RawData/Scan000/Detector000/Data1D/CH00/Data00', canvas, { colorScheme: 'dark' });
await picture('04-together', SCAN, '/RawData/Scan000/Detector000/Data0D/CH00/Data00', async (site) => {
  for (const name of ['Data00', 'Data01']) {
    await site.page.locator(`[data-path="/RawData/Scan000/Detector000/Data0D/CH00/${name}"]`).click({ modifiers: ['Control'] });
  }
  await site.page.getByRole('button', { name: 'Plot together' }).click();
  await canvas(site);
});
await picture('05-settings', SCAN, '/RawData/Scan000/Detector000', (site) => site.tab('Settings'));
await picture('06-heatmap', KINDS, '/stack', canvas);
await picture('07-picture', KINDS, '/picture', canvas);
await picture('08-complex', KINDS, '/waves', async (site) => {
  await canvas(site);
  await site.page.getByLabel('Part').selectOption('real');
}, { colorScheme: 'dark' });
await picture('09-table', KINDS, '/table');
await picture('10-attributes', SCAN, '/RawData/Scan001/Detector001/Data2D/CH00/Data00', (site) => site.tab('Attributes'));
await picture('11-storage', KINDS, '/stack', (site) => site.tab('Storage'));
await picture('12-phone', SCAN, '/RawData/Scan001/Detector001/Data1D/CH00/Data00', canvas, { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });
await picture('13-many', MANY, '/many/child054321', async (site) => {
  await canvas(site);
  await site.page.keyboard.press('/');
  await site.page.getByRole('combobox', { name: 'Search' }).fill('child0777');
  await site.page.locator('[data-find]').nth(8).waitFor();
});

const server = await serveStatic();
const page = await newPage(browser, { viewport: { width: 1280, height: 840 } });
await page.goto(server.url);
await page.waitForTimeout(1000);
await page.screenshot({ path: join(DOCS, '14-landing.png') });
server.close();
await browser.close();

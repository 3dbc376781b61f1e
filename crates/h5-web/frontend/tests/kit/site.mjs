// A file open in the page, in one of its two shapes; and what a test reads from the page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { newPage, unexpected } from './browser.mjs';
import { browse, serveStatic } from './servers.mjs';

export const SHAPES = ['program', 'static'];

/** Opens `file`; `close` says what went wrong in the page. */
export async function openFile(browser, shape, file, { options = [], page: pageOptions, allowed = [], watched = false } = {}) {
  const server = shape === 'program' ? await browse(file, ...options) : await serveStatic();
  const page = await newPage(browser, pageOptions);
  if (watched) await page.addInitScript(watch);
  await page.goto(server.url);
  if (shape === 'static') await page.setInputFiles('#file', file);
  await page.waitForSelector('[role=tree] [role=treeitem]', { state: 'attached' });
  return new Site(page, server, allowed);
}

/** In the page: when a file was chosen, and when its tree and its root were there. */
function watch() {
  document.addEventListener('change', () => {
    window.h5Chosen ??= performance.now();
  }, true);
  const look = () => {
    if (document.querySelector('[role=treeitem][aria-level="2"]') && document.querySelector('.object-title')) window.h5Seen = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Opens `file`, does `run`, closes; what went wrong first is what is told. */
export async function withFile(browser, shape, file, options, run) {
  const site = await openFile(browser, shape, file, options);
  try {
    await run(site);
  } catch (error) {
    error.faults = site.page.faults;
    await site.close().catch(() => undefined);
    throw error;
  }
  await site.close();
}

export class Site {
  constructor(page, server, allowed = []) {
    this.page = page;
    this.server = server;
    this.allowed = allowed;
  }

  async close() {
    const faults = unexpected(this.page, this.allowed);
    await this.page.context().close();
    this.server.close();
    assert.deepEqual(faults, [], 'the page has no errors');
  }

  /** Shows an object. */
  async show(path) {
    await this.page.evaluate((to) => {
      const place = new URLSearchParams(location.hash.slice(1));
      place.set('path', to);
      location.hash = [...place].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    }, path);
    const last = path.slice(path.lastIndexOf('/') + 1) || '/';
    await this.page.waitForFunction(
      (name) => document.querySelector('.crumbs [aria-current=page]')?.textContent === name && document.querySelector('.object-title'),
      last,
    );
  }

  tab = (label) => this.page.getByRole('tab', { name: label, exact: true }).click();
  as = (label) => this.page.getByRole('group', { name: 'Show as' }).getByRole('button', { name: label, exact: true }).click();

  /** The text of a cell of the table. */
  async cell(row, column) {
    const cell = this.page.locator(`[data-cell="${row},${column}"]:not(.cells-wait)`);
    await cell.waitFor();
    return cell.textContent();
  }

  /** What the page says of the values of the plot in `pane`. */
  async statistics(pane = '.object') {
    await this.page.waitForSelector(`${pane} [data-stat=mean]`);
    const read = (name) => this.page.locator(`${pane} [data-stat=${name}]`).first().textContent();
    return { min: Number(await read('min')), max: Number(await read('max')), mean: Number(await read('mean')) };
  }

  readout = (pane = '.object') => this.page.locator(`${pane} .readout-point`).first().textContent();

  async settled() {
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy=true], .waiting'));
  }

  /** Until what was done last is drawn: gestures that are faster than frames are none. */
  frame = () => this.page.evaluate(() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(done));
  }));

  async scalar() {
    await this.page.waitForSelector('[data-scalar]');
    return this.page.locator('[data-scalar]').textContent();
  }

  async attribute(name) {
    await this.page.waitForSelector('.attributes');
    return this.page.locator(`[data-attribute=${JSON.stringify(name)}] .value`).textContent();
  }

  /** The bytes of what the export menu gives for `entry`. */
  async exported(entry) {
    await this.page.getByRole('button', { name: 'Export' }).click();
    return this.download(() => this.page.locator(`[data-entry="${entry}"]`).click());
  }

  async download(action) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), action()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  async copied(entry) {
    await this.page.getByRole('button', { name: 'Copy' }).click();
    await this.page.locator(`[data-entry="${entry}"]`).click();
    await this.page.waitForFunction(() => document.querySelector('.menu-said')?.textContent === 'Copied');
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}

/** Numbers of a page have six digits. */
export function near(actual, expected, what) {
  const scale = Math.max(1e-12, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= 1e-5 * scale, `${what}: the page has ${actual}, the oracle ${expected}`);
}

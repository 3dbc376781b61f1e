// Many files in one page: a folder that `h5 browse` serves, or a static page that is given one after the other.

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { newPage } from './browser.mjs';
import { MADE } from './places.mjs';
import { browse, serveStatic } from './servers.mjs';
import { Site } from './site.mjs';

/** A shelf of `paths`: `open(number)` shows one, `close` says what went wrong in the page. */
export function shelfOf(browser, shape, paths) {
  return shape === 'program' ? served(browser, paths) : given(browser, paths);
}

async function served(browser, paths) {
  const folder = join(MADE, 'shelf');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const name = (number) => `${number}-${basename(paths[number])}`;
  for (const number of paths.keys()) copyFileSync(paths[number], join(folder, name(number)));
  const server = await browse(folder);
  const site = new Site(await newPage(browser), server);
  await site.page.goto(server.url);
  const open = async (number) => {
    await site.page.evaluate((file) => {
      location.hash = `file=${encodeURIComponent(file)}&path=/`;
    }, name(number));
    await site.page.locator('.top-file strong', { hasText: name(number) }).waitFor();
    await shown(site);
    return site;
  };
  return { open, close: () => site.close() };
}

async function given(browser, paths) {
  const server = await serveStatic();
  const site = new Site(await newPage(browser), server);
  await site.page.goto(server.url);
  const open = async (number) => {
    if (number > 0) await site.page.getByRole('button', { name: 'Another file' }).click();
    await site.page.setInputFiles('#file', paths[number]);
    await shown(site);
    return site;
  };
  return { open, close: () => site.close() };
}

const shown = (site) => site.page.waitForSelector('[role=treeitem][aria-level="2"]', { state: 'attached' });

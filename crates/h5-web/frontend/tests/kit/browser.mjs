// Chromium for the tests: pages that gather what went wrong in them.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGUMENTS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage'];

/** How long anything may take on a loaded machine. */
export const PATIENCE = Number(process.env.H5_PATIENCE ?? 60_000);

export function chromiumPath() {
  const path = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  if (!path) throw new Error('no Chromium: install it, or name it with CHROMIUM');
  return path;
}

export async function launch() {
  return chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
}

/** A page whose errors, and refused requests, are in `page.faults`. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => undefined);
  const page = await context.newPage();
  page.faults = [];
  page.setDefaultTimeout(PATIENCE);
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.faults.push(`error: ${error}`));
  page.on('dialog', (dialog) => {
    page.faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

/** Messages of a page that a test did not ask for. A refusal that is shown is in the console of Chromium too. */
export function unexpected(page, allowed = []) {
  return page.faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
}

// Lists the packages that are in the bundle, with their licences: dist/licences.txt.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a package that has no licence file says of itself. */
function licenceOf(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').trim() : '';
}

/** The folder and name of the package that a module belongs to. */
function packageOf(id) {
  const match = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id.replace(/^\0/, '').split('?')[0]);
  return match ? { folder: match[1], name: match[2] } : null;
}

/** @returns {import('vite').Plugin} */
export function licences() {
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      const found = new Map();
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue;
        for (const [id, { renderedLength }] of Object.entries(part.modules)) {
          const from = renderedLength > 0 ? packageOf(id) : null;
          if (from) found.set(from.name, from.folder);
        }
      }
      const parts = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, folder]) => {
        const about = existsSync(join(folder, 'package.json')) ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) : {};
        return `${name} ${about.version ?? ''}\n${about.license ?? 'no licence named'}\n\n${licenceOf(folder)}\n`;
      });
      const line = `${'-'.repeat(78)}\n`;
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: `Packages in this page, and their licences\n\n${parts.join(line)}` });
    },
  };
}

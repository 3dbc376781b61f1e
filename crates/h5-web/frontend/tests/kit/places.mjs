// Where things are: the repository, its fixtures, the corpus, the program, Python with h5py.

import { existsSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const FRONTEND = fileURLToPath(new URL('../..', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
export const DIST = join(FRONTEND, 'dist');
export const OUTPUT = join(FRONTEND, 'test-output');
export const MADE = join(OUTPUT, 'files');
mkdirSync(MADE, { recursive: true });

export const fixture = (name) => join(ROOT, 'tests/fixtures', name);

/** The corpus of files of other programs, where there is one. */
export function corpus() {
  const path = process.env.H5_CORPUS ?? join(ROOT, '../shared/corpus');
  return existsSync(join(path, 'dev.txt')) ? path : null;
}

/** Files that PyMoDAQ wrote, beside the corpus. */
export function golden() {
  const found = corpus();
  const path = found && join(found, '../pymodaq/golden');
  return path && existsSync(path) ? path : null;
}

export function program() {
  const found = [process.env.H5_PROGRAM, join(ROOT, 'target/release/h5'), join(ROOT, 'target/debug/h5')].find((path) => path && existsSync(path));
  if (!found) throw new Error('no program h5: build it (`cargo build -p h5-cli`), or name it with H5_PROGRAM');
  return found;
}

export function python() {
  const found = [process.env.H5_PYTHON, join(ROOT, '.venv/bin/python')].find((path) => path && existsSync(path));
  if (!found) throw new Error('no Python with h5py: `cargo xtask interop` makes .venv, or name one with H5_PYTHON');
  return found;
}

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { leaner } from './build/leaner.mjs';
import { licences } from './build/licences.mjs';

const ours = (name) => fileURLToPath(new URL(`build/${name}`, import.meta.url));

/** Parts of packages that the page does without; each file in `build` says why. */
const REPLACED = {
  ndarray: ours('ndarray.ts'),
  'ndarray-ops': ours('nothing.ts'),
  'reduce-css-calc': ours('css-calc.ts'),
  'resize-observer-polyfill': ours('resize-observer.ts'),
};

/** @type {import('vite').Plugin} */
const replacements = {
  name: 'replacements',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source === 'three' && importer?.includes('@react-three/fiber')) return ours('three.ts');
    return REPLACED[source] ?? null;
  },
};

export default defineConfig({
  plugins: [replacements, leaner(), react(), licences()],
  base: './',
  build: { target: 'es2022', outDir: 'dist', chunkSizeWarningLimit: 1500 },
  worker: { format: 'es' },
});

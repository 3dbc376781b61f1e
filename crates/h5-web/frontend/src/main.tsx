// Where the page begins.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@h5web/lib/styles.css';
import './style/base.css';
import './style/shell.css';
import './style/tree.css';
import './style/object.css';
import './style/plot.css';
import { Start } from './shell/Start';
import { applyTheme, keptTheme } from './shell/theme';

applyTheme(keptTheme());
const served = document.querySelector<HTMLMetaElement>('meta[name=h5-shape]')?.content === 'server';
const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><Start served={served} /></StrictMode>);
if (!served && location.protocol.startsWith('http')) installable();

/** A static page can be kept by the browser, and works without a network then. */
function installable() {
  const manifest = document.createElement('link');
  manifest.rel = 'manifest';
  manifest.href = './manifest.webmanifest';
  document.head.append(manifest);
  if ('serviceWorker' in navigator) {
    window.addEventListener('load', () => void navigator.serviceWorker.register('./sw.js').catch(() => undefined));
  }
}

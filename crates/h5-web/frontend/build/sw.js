// Keeps the static page for times without a network. Files have their content in their names or are asked for anew with a new
// version of this list, so that what is kept is never out of date by more than one visit.

const CACHE = 'h5-__VERSION__';
const FILES = __FILES__;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('h5-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = request.method === 'GET' && url.origin === location.origin && !request.headers.has('Range');
  if (!ours) return;
  const plain = new Request(`${url.origin}${url.pathname}`);
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(plain)).then((kept) => kept ?? fetch(request)));
});

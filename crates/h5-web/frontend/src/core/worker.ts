// The worker of the static page: it has the file and the responder, and answers one request after another.

/// <reference lib="webworker" />

import { blobSource, urlSource } from './sources';
import { Core } from './wasm';
import type { FromWorker, Opening, ToWorker } from './messages';

let core: Promise<Core> | null = null;
/** What the page has opened: a responder that takes the place of one that failed gets it too. */
const openings: Opening[] = [];

onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    core ??= start(data.wasm);
    const loaded = await core;
    // For who looks into the worker with the browser's tools: how much memory the responder takes.
    Object.assign(globalThis, { h5Memory: () => loaded.memoryBytes });
    if (data.kind !== 'request') {
      if (data.kind === 'open') {
        call(loaded, () => open(loaded, data.open));
        openings.push(data.open);
      }
      post({ id: data.id, status: 200, type: '', bytes: new ArrayBuffer(0) });
      return;
    }
    const { status, type, bytes } = call(loaded, () => loaded.request(data.target, data.body));
    post({ id: data.id, status, type, bytes: bytes.buffer as ArrayBuffer });
  } catch (error) {
    post({ id: data.id, fault: error instanceof Error ? error.message : String(error) });
  }
};

/** A responder with all that is open. One that cannot be had is asked for anew the next time. */
async function start(wasm: string): Promise<Core> {
  try {
    const loaded = await Core.load(wasm, () => bytesOf(wasm.replace(/h5\.wasm$/, 'h5-filters.wasm')));
    for (const opening of openings) {
      try {
        open(loaded, opening);
      } catch {
        // It has gone meanwhile: requests that name it are told so.
      }
    }
    return loaded;
  } catch (error) {
    core = null;
    throw error;
  }
}

/** Asks the responder. If it fails in the midst of that, it is not asked again, and the next request gets a new one. */
function call<T>(loaded: Core, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!loaded.failed) throw error;
    core = null;
    throw new Error(`the reader failed here and was started anew (${error instanceof Error ? error.message : String(error)})`);
  }
}

function open(loaded: Core, { name, from }: Opening) {
  loaded.open(name, typeof from === 'string' ? urlSource(from) : blobSource(from, new FileReaderSync()));
}

/** A file of this page, at once. */
function bytesOf(url: string): ArrayBuffer {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`${url} answers with status ${request.status}`);
  return request.response as ArrayBuffer;
}

function post(message: FromWorker) {
  postMessage(message, { transfer: 'bytes' in message ? [message.bytes] : [] });
}

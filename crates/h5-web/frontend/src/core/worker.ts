// The worker of the static page: it has the file and the responder, and answers one request after another.

/// <reference lib="webworker" />

import { blobSource, urlSource } from './sources';
import { Core } from './wasm';
import type { FromWorker, ToWorker } from './messages';

let core: Promise<Core> | null = null;

onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    core ??= Core.load(data.wasm);
    const loaded = await core;
    // For who looks into the worker with the browser's tools: how much memory the responder takes.
    Object.assign(globalThis, { h5Memory: () => loaded.memoryBytes });
    if (data.open !== undefined) {
      const { name, from } = data.open;
      loaded.open(name, typeof from === 'string' ? urlSource(from) : blobSource(from, new FileReaderSync()));
      post({ id: data.id, status: 200, type: '', bytes: new ArrayBuffer(0) });
      return;
    }
    const { status, type, bytes } = loaded.request(data.target, data.body);
    post({ id: data.id, status, type, bytes: bytes.buffer as ArrayBuffer });
  } catch (error) {
    // A module that has failed is not asked again.
    if (error instanceof WebAssembly.RuntimeError) core = null;
    post({ id: data.id, fault: error instanceof Error ? error.message : String(error) });
  }
};

function post(message: FromWorker) {
  postMessage(message, { transfer: 'bytes' in message ? [message.bytes] : [] });
}

// Requests of a static page: to the worker beside it.

import { Client } from '../api/client';
import type { Answer, Transport } from '../api/transport';
import type { FromWorker, Opening, ToWorker } from './messages';

class WorkerTransport implements Transport {
  private worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  private waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  private next = 1;
  private wasm = new URL('h5.wasm', document.baseURI).href;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      const one = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ('fault' in data) one?.reject(new Error(data.fault));
      else one?.resolve(data);
    };
    this.worker.onerror = ({ message }) => {
      for (const { reject } of this.waiting.values()) reject(new Error(message || 'the reader could not be started'));
      this.waiting.clear();
    };
  }

  /** Loads the reader. */
  warm(): Promise<Answer> {
    return this.post({ id: 0, wasm: this.wasm, kind: 'warm' });
  }

  open(opening: Opening): Promise<Answer> {
    return this.post({ id: 0, wasm: this.wasm, kind: 'open', open: opening });
  }

  request(target: string, body?: Uint8Array): Promise<Answer> {
    return this.post({ id: 0, wasm: this.wasm, kind: 'request', target, body });
  }

  end() {
    this.worker.terminate();
  }

  link(): null {
    return null;
  }

  private post(message: ToWorker): Promise<Answer> {
    const id = this.next;
    this.next += 1;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id });
    });
  }
}

/** A reader that has no file yet, and the one whose file is shown. */
let spare: WorkerTransport | null = null;
let shown: WorkerTransport | null = null;

/** Loads a reader before there is a file for it. */
export function warmUp() {
  if (spare) return;
  spare = new WorkerTransport();
  // What is wrong is told when a file is opened.
  spare.warm().catch(() => undefined);
}

export async function openInWorker(what: File | URL): Promise<Client> {
  const transport = spare ?? new WorkerTransport();
  spare = null;
  const name = what instanceof URL ? decodeURIComponent(what.pathname.replace(/^.*\//, '')) || what.host : what.name;
  try {
    await transport.open({ name, from: what instanceof URL ? what.href : what });
  } catch (error) {
    transport.end();
    warmUp();
    throw error;
  }
  shown?.end();
  shown = transport;
  return new Client(transport, name);
}

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

  open(opening: Opening): Promise<Answer> {
    return this.post({ id: 0, wasm: this.wasm, open: opening });
  }

  request(target: string, body?: Uint8Array): Promise<Answer> {
    return this.post({ id: 0, wasm: this.wasm, target, body });
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

export async function openInWorker(what: File | URL): Promise<Client> {
  const transport = new WorkerTransport();
  const name = what instanceof URL ? decodeURIComponent(what.pathname.replace(/^.*\//, '')) || what.host : what.name;
  await transport.open({ name, from: what instanceof URL ? what.href : what });
  return new Client(transport, name);
}

// What page and worker say to one another.

export interface Opening {
  name: string;
  from: Blob | string;
}

export type ToWorker = { id: number; wasm: string } & (
  | { kind: 'warm' }
  | { kind: 'open'; open: Opening }
  | { kind: 'request'; target: string; body?: Uint8Array }
);

export type FromWorker =
  | { id: number; status: number; type: string; bytes: ArrayBuffer }
  | { id: number; fault: string };

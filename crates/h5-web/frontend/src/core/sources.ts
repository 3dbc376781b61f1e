// Where the responder's bytes come from: a file that was dropped, or an address. Both answer at once, as a worker may.

export interface ByteSource {
  length: number;
  /** The bytes from `offset`, at most `length` of them, fewer at the end. */
  read(offset: number, length: number): Uint8Array;
}

const BLOCK = 64 * 1024;
/** Blocks that are kept: 16 MiB. */
const KEPT = 256;
/** Longer reads are data, which is seldom read twice. */
const LONG = 512 * 1024;

/** Keeps recent blocks of a source, and asks for neighbours that are missing at once. */
export class Blocks implements ByteSource {
  private blocks = new Map<number, Uint8Array>();

  constructor(private under: ByteSource) {}

  get length(): number {
    return this.under.length;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.length, offset + length);
    if (end <= offset) return new Uint8Array();
    if (end - offset > LONG) return this.under.read(offset, end - offset);
    const first = Math.floor(offset / BLOCK);
    const last = Math.floor((end - 1) / BLOCK);
    this.fetch(first, last);
    const out = new Uint8Array(end - offset);
    for (let block = first; block <= last; block += 1) {
      const bytes = this.take(block);
      const from = Math.max(0, offset - block * BLOCK);
      const to = Math.min(bytes.length, end - block * BLOCK);
      if (to > from) out.set(bytes.subarray(from, to), block * BLOCK + from - offset);
    }
    return out;
  }

  private fetch(first: number, last: number) {
    let block = first;
    while (block <= last) {
      if (this.blocks.has(block)) {
        block += 1;
        continue;
      }
      let next = block + 1;
      while (next <= last && !this.blocks.has(next)) next += 1;
      const bytes = this.under.read(block * BLOCK, Math.min(this.length, next * BLOCK) - block * BLOCK);
      for (let i = block; i < next; i += 1) this.blocks.set(i, bytes.slice((i - block) * BLOCK, (i - block + 1) * BLOCK));
      block = next;
    }
    while (this.blocks.size > KEPT + last - first) {
      const oldest = this.blocks.keys().next();
      if (oldest.done) break;
      this.blocks.delete(oldest.value);
    }
  }

  /** A block that is known, which is now the newest. */
  private take(block: number): Uint8Array {
    const bytes = this.blocks.get(block) ?? new Uint8Array();
    this.blocks.delete(block);
    this.blocks.set(block, bytes);
    return bytes;
  }
}

/** A file of this computer, read slice by slice. */
export function blobSource(blob: Blob, reader: { readAsArrayBuffer(blob: Blob): ArrayBuffer }): ByteSource {
  const read = (offset: number, length: number) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + length)));
  return new Blocks({ length: blob.size, read });
}

/** A file behind an address, read by ranges; whole, if its server knows no ranges and it is not large. */
export function urlSource(url: string): ByteSource {
  const first = range(url, 0, BLOCK);
  if (first.status === 200) {
    const whole = new Uint8Array(first.response as ArrayBuffer);
    return { length: whole.length, read: (offset, length) => whole.subarray(offset, offset + length) };
  }
  const length = Number(/\/(\d+)$/.exec(first.getResponseHeader('Content-Range') ?? '')?.[1] ?? contentLength(url));
  if (!Number.isSafeInteger(length) || length <= 0) throw new Error(`${url}: its server does not say how long it is`);
  return new Blocks({ length, read: (offset, count) => new Uint8Array(range(url, offset, count).response as ArrayBuffer).subarray(0, count) });
}

/** Answers of servers that ignore ranges must not be longer. */
const LONGEST_WHOLE = 256 * 1024 * 1024;

function range(url: string, offset: number, length: number): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.setRequestHeader('Range', `bytes=${offset}-${offset + length - 1}`);
  try {
    request.send();
  } catch {
    throw new Error(`${url} cannot be read: it is not there, or its server does not allow this page to read it`);
  }
  const bytes = (request.response as ArrayBuffer | null)?.byteLength ?? 0;
  if (request.status !== 206 && !(request.status === 200 && offset === 0 && bytes <= LONGEST_WHOLE)) {
    throw new Error(`${url} answers with status ${request.status}${request.status === 200 ? ', without ranges' : ''}`);
  }
  return request;
}

/** What a server says that does not show `Content-Range` to other sites. */
function contentLength(url: string): number {
  const request = new XMLHttpRequest();
  request.open('HEAD', url, false);
  request.send();
  return Number(request.getResponseHeader('Content-Length') ?? NaN);
}

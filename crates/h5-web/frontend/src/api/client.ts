// Typed questions to the responder, with what was answered kept for a while.

import type { DataPlots, Log, Node, Scans } from './pymodaq';
import { decodeFrame, type Frame } from './frame';
import type { Transport } from './transport';
import type {
  Attribute, Attributes, Cells, Children, FileInfo, Finds, Folder, Live, PlotHeader, Session, Storage,
} from './types';

export type Query = Record<string, string | number | boolean | string[] | undefined>;

/** A refusal of the responder. */
export class Refusal extends Error {
  constructor(readonly status: number, readonly kind: string, message: string) {
    super(message);
  }
}

export function target(route: string, query: Query): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(`${name}=${encodeURIComponent(String(one))}`);
    }
  }
  return parts.length > 0 ? `${route}?${parts.join('&')}` : route;
}

export class Client {
  constructor(readonly transport: Transport, readonly file: string) {}

  /** The same responder, asked about another file. */
  of(file: string): Client {
    return new Client(this.transport, file);
  }

  private async bytes(route: string, query: Query, body?: Uint8Array) {
    const answer = await this.transport.request(target(route, { file: this.file || undefined, ...query }), body);
    if (answer.status >= 400) throw refusal(answer.status, answer.bytes);
    return answer;
  }

  private async json<T>(route: string, query: Query = {}, body?: Uint8Array): Promise<T> {
    const { bytes } = await this.bytes(route, query, body);
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  }

  private async frame<T>(route: string, query: Query): Promise<Frame<T>> {
    return decodeFrame<T>((await this.bytes(route, query)).bytes);
  }

  session = () => this.json<Session>('/session');
  folder = (folder: string, start: number) => this.json<Folder>('/files', { folder, start, limit: 500 });
  info = () => this.json<FileInfo>('/file');
  live = () => this.json<Live>('/live');
  children = (path: string, start: number, limit: number) => this.json<Children>('/children', { path, start, limit });
  childrenAt = (path: string, find: string, limit: number) => this.json<Children>('/children', { path, find, limit });
  search = (q: string, path: string, cursor?: string) => this.json<Finds>('/search', { q, path, cursor });
  attributes = (path: string, start = 0) => this.json<Attributes>('/attributes', { path, start });
  attribute = (path: string, name: string) => this.json<Attribute>('/attribute', { path, name });
  storage = (path: string, start = 0) => this.json<Storage>('/storage', { path, start });
  cells = (path: string, selection?: string) => this.json<Cells>('/cells', { path, selection });
  plot = (path: string, selection?: string, points?: number) =>
    this.frame<PlotHeader>('/plot', { path, selection, points });
  snippet = async (path: string, language: string, selection?: string) =>
    (await this.json<{ text: string }>('/snippet', { path, language, selection })).text;

  node = (path: string) => this.json<Node>('/pymodaq/node', { path });
  dataPlot = (path: string[], query: Query) => this.frame<DataPlots>('/pymodaq/plot', { path, ...query });
  log = (path: string, start: number, limit: number) => this.json<Log>('/pymodaq/log', { path, start, limit });
  scans = () => this.json<Scans>('/pymodaq/scans');
  comment = (path: string, text: string) =>
    this.json<{ comments: string }>('/pymodaq/comment', { path }, new TextEncoder().encode(text));

  async pixmap(path: string, index: number): Promise<Blob> {
    return new Blob([(await this.bytes('/pymodaq/pixmap', { path, index })).bytes], { type: 'image/png' });
  }

  exportTarget(path: string, format: string, selection?: string): string {
    return target('/export', { file: this.file || undefined, path, format, selection });
  }

  /** The bytes of an exported file. */
  async exported(path: string, format: string, selection?: string): Promise<ArrayBuffer> {
    return (await this.bytes('/export', { path, format, selection })).bytes;
  }
}

function refusal(status: number, bytes: ArrayBuffer): Refusal {
  const text = new TextDecoder().decode(bytes.slice(0, 100_000));
  try {
    const { message, kind } = JSON.parse(text) as { message: string; kind: string };
    return new Refusal(status, kind, message);
  } catch {
    return new Refusal(status, 'io', text.slice(0, 300) || `status ${status}`);
  }
}

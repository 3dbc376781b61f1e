// The responder as a module of WebAssembly: the numbers that pass between it and JavaScript, made a class.

import { Filters } from './filters';
import type { ByteSource } from './sources';

interface Exports {
  memory: WebAssembly.Memory;
  h5_reserve(length: number): number;
  h5_open(source: number): number;
  h5_close(source: number): void;
  h5_request(targetLength: number): number;
  h5_answer(): number;
  h5_answer_length(): number;
  h5_type(): number;
  h5_type_length(): number;
}

export interface CoreAnswer {
  status: number;
  type: string;
  bytes: Uint8Array;
}

export class Core {
  private sources = new Map<number, ByteSource>();
  private next = 1;
  /** Why the last read of a source failed. */
  private fault: unknown = null;

  /** True once the module has failed in the midst of something: it answers no more. */
  failed = false;

  private constructor(private exports: Exports, private filters: Filters) {}

  /** @param loadFilters gives the bytes of the module of filters, when a dataset first needs it. */
  static async load(url: string, loadFilters: () => BufferSource): Promise<Core> {
    let core: Core | null = null;
    const imports = {
      h5: {
        source_length: (source: number) => core?.lengthOf(source) ?? -1,
        source_read: (source: number, offset: number, pointer: number, length: number) => core?.readInto(source, offset, pointer, length) ?? -1,
        filter_decode: (filter: number, parameters: number, count: number, input: number, length: number, limit: number) =>
          core?.filters.decode(filter, core.view(parameters, 4 * count), core.view(input, length), limit >>> 0) ?? -1,
        filter_length: () => core?.filters.answer.length ?? 0,
        filter_take: (pointer: number) => core?.view(pointer, core.filters.answer.length).set(core.filters.answer),
      },
    };
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the reader (${url}) cannot be loaded: status ${response.status}`);
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports);
    core = new Core(instance.exports as unknown as Exports, new Filters(loadFilters));
    return core;
  }

  /** Opens a file; an error says why it is none. */
  open(name: string, source: ByteSource): void {
    const id = this.next;
    this.next += 1;
    this.sources.set(id, source);
    this.give(new TextEncoder().encode(name));
    const status = this.run(() => this.exports.h5_open(id));
    if (status < 400) return;
    this.sources.delete(id);
    throw new Error(this.message(status));
  }

  request(target: string, body?: Uint8Array): CoreAnswer {
    const route = new TextEncoder().encode(target);
    const argument = new Uint8Array(route.length + (body?.length ?? 0));
    argument.set(route);
    if (body) argument.set(body, route.length);
    this.give(argument);
    const status = this.run(() => this.exports.h5_request(route.length));
    return { status, ...this.answer() };
  }

  /** Bytes that the responder has at its disposal. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Calls the module. What it throws is a trap or an overflow of the stack: its state is not to be relied on any more. */
  private run(call: () => number): number {
    try {
      return call();
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  private view(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, pointer >>> 0, length);
  }

  private answer(): { type: string; bytes: Uint8Array } {
    const { memory, h5_answer, h5_answer_length, h5_type, h5_type_length } = this.exports;
    const bytes = new Uint8Array(memory.buffer, h5_answer(), h5_answer_length()).slice();
    const type = new TextDecoder().decode(new Uint8Array(memory.buffer, h5_type(), h5_type_length()).slice());
    return { type, bytes };
  }

  private message(status: number): string {
    if (this.fault instanceof Error) return this.fault.message;
    const text = new TextDecoder().decode(this.answer().bytes);
    try {
      return (JSON.parse(text) as { message: string }).message;
    } catch {
      return text || `status ${status}`;
    }
  }

  private give(bytes: Uint8Array) {
    this.fault = null;
    const pointer = this.exports.h5_reserve(bytes.length);
    new Uint8Array(this.exports.memory.buffer, pointer, bytes.length).set(bytes);
  }

  private lengthOf(source: number): number {
    return this.sources.get(source)?.length ?? -1;
  }

  private readInto(source: number, offset: number, pointer: number, length: number): number {
    try {
      const bytes = this.sources.get(source)?.read(offset, length);
      if (!bytes) return -1;
      new Uint8Array(this.exports.memory.buffer, pointer, bytes.length).set(bytes);
      return bytes.length;
    } catch (error) {
      this.fault = error;
      return -1;
    }
  }
}

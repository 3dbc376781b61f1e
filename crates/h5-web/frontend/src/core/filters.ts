// What the responder leaves to a second module, filters that compress and PyMoDAQ's settings: loaded when it is first needed.

interface Exports {
  memory: WebAssembly.Memory;
  h5_filters_reserve(length: number): number;
  h5_filters_decode(filter: number, parameters: number, limit: number): number;
  h5_filters_answer(): number;
  h5_filters_answer_length(): number;
}

/** Memory that is kept from chunk to chunk; a module that has grown beyond is made anew. */
const KEPT = 256 * 1024 * 1024;
/** What the responder takes for "not to be had". */
const LACKING = -1;
/** What it takes for "corrupt". */
const CORRUPT = 1;

export class Filters {
  private module: WebAssembly.Module | null = null;
  private exports: Exports | null = null;
  /** What the last call left: decoded bytes, or why there are none. Good until the next call. */
  answer = new Uint8Array();

  /** @param load gives the module's bytes, at once: the responder waits for them. */
  constructor(private load: () => BufferSource) {}

  /** Undoes a filter, or makes JSON of settings (65536 in the place of a filter's number): 0, or a code of what went wrong. */
  decode(filter: number, parameters: Uint8Array, input: Uint8Array, limit: number): number {
    this.answer = new Uint8Array();
    try {
      this.exports ??= this.instantiate();
    } catch (error) {
      return this.refuse(LACKING, `the module of filters cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
    }
    const { memory, h5_filters_reserve, h5_filters_decode, h5_filters_answer, h5_filters_answer_length } = this.exports;
    try {
      const pointer = h5_filters_reserve(parameters.length + input.length);
      const argument = new Uint8Array(memory.buffer, pointer, parameters.length + input.length);
      argument.set(parameters);
      argument.set(input, parameters.length);
      const code = h5_filters_decode(filter, parameters.length / 4, limit);
      this.answer = new Uint8Array(memory.buffer, h5_filters_answer(), h5_filters_answer_length());
      if (memory.buffer.byteLength > KEPT) this.exports = null;
      return code;
    } catch (error) {
      // A trap leaves the module as it was in the midst of something.
      this.exports = null;
      return this.refuse(CORRUPT, `the filter failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private refuse(code: number, why: string): number {
    this.answer = new TextEncoder().encode(why);
    return code;
  }

  private instantiate(): Exports {
    this.module ??= new WebAssembly.Module(this.load());
    return new WebAssembly.Instance(this.module, {}).exports as unknown as Exports;
  }
}

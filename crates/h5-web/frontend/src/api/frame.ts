// Frames: how arrays of numbers travel. Length of the header, header in JSON, arrays at multiples of 8 bytes.

export type Numbers =
  | Float64Array | Float32Array | Int8Array | Int16Array | Int32Array | BigInt64Array
  | Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

export interface FrameArray {
  name: string;
  shape: number[];
  values: Numbers;
}

export interface Frame<Header> {
  header: Header;
  arrays: Map<string, FrameArray>;
}

interface Described {
  name: string;
  dtype: string;
  shape: number[];
  offset: number;
}

const VIEWS: Record<string, (bytes: ArrayBuffer, offset: number, count: number) => Numbers> = {
  f8: (b, o, n) => new Float64Array(b, o, n),
  f4: (b, o, n) => new Float32Array(b, o, n),
  i1: (b, o, n) => new Int8Array(b, o, n),
  i2: (b, o, n) => new Int16Array(b, o, n),
  i4: (b, o, n) => new Int32Array(b, o, n),
  i8: (b, o, n) => new BigInt64Array(b, o, n),
  u1: (b, o, n) => new Uint8Array(b, o, n),
  u2: (b, o, n) => new Uint16Array(b, o, n),
  u4: (b, o, n) => new Uint32Array(b, o, n),
  u8: (b, o, n) => new BigUint64Array(b, o, n),
};

/** Takes a frame apart; the arrays are views of `bytes`, nothing is copied. */
export function decodeFrame<Header>(bytes: ArrayBuffer): Frame<Header> {
  const length = new DataView(bytes).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(bytes, 4, length));
  const header = JSON.parse(text) as Header & { arrays: Described[] };
  const base = Math.ceil((4 + length) / 8) * 8;
  const arrays = new Map<string, FrameArray>();
  for (const { name, dtype, shape, offset } of header.arrays) {
    const view = VIEWS[dtype];
    if (!view) throw new Error(`an array of type ${dtype} cannot be shown`);
    const count = shape.reduce((a, b) => a * b, 1);
    arrays.set(name, { name, shape, values: view(bytes, base + offset, count) });
  }
  return { header, arrays };
}

/** Numbers that can be drawn: what has 64 bits is rounded to a double. */
export function drawable(values: Numbers): Float64Array | Float32Array {
  if (values instanceof Float64Array || values instanceof Float32Array) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return Float64Array.from(values as BigInt64Array, Number);
  }
  return values.BYTES_PER_ELEMENT < 4 ? Float32Array.from(values) : Float64Array.from(values);
}

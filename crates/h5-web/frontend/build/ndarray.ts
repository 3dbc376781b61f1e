// Arrays of several dimensions with the interface of the package `ndarray`, which compiles its accessors from text: that a page
// whose content policy forbids evaluating text may not do. h5web's components ask for no more than is here.

interface Data {
  readonly length: number;
  [index: number]: unknown;
}

class Strided {
  readonly size: number;
  readonly dimension: number;

  constructor(readonly data: Data, readonly shape: number[], readonly stride: number[], readonly offset: number) {
    this.size = shape.reduce((a, b) => a * b, 1);
    this.dimension = shape.length;
  }

  get dtype(): string {
    const name = Object.prototype.toString.call(this.data).slice(8, -1);
    return name === 'Array' ? 'array' : name.replace(/(Clamped)?Array$/, (_, clamped) => (clamped ? '_clamped' : '')).toLowerCase();
  }

  get order(): number[] {
    return this.stride.map((_, i) => i).sort((a, b) => Math.abs(this.stride[a]) - Math.abs(this.stride[b]));
  }

  index(...at: number[]): number {
    let index = this.offset;
    for (let i = 0; i < this.stride.length; i += 1) index += at[i] * this.stride[i];
    return index;
  }

  get(...at: number[]): unknown {
    return this.data[this.index(...at)];
  }

  set(...at: number[]): unknown {
    const value = at.pop();
    this.data[this.index(...at)] = value;
    return value;
  }

  transpose(...order: number[]): Strided {
    return new Strided(this.data, order.map((i) => this.shape[i]), order.map((i) => this.stride[i]), this.offset);
  }

  /** The part at the indexes that are given; `null` keeps a dimension. */
  pick(...at: (number | null)[]): Strided {
    const kept = this.shape.map((_, i) => i).filter((i) => at[i] === null || at[i] === undefined || at[i] < 0);
    const offset = this.shape.reduce((sum, _, i) => (kept.includes(i) ? sum : sum + Number(at[i]) * this.stride[i]), this.offset);
    return new Strided(this.data, kept.map((i) => this.shape[i]), kept.map((i) => this.stride[i]), offset);
  }

  hi(...to: (number | null)[]): Strided {
    return new Strided(this.data, this.shape.map((n, i) => to[i] ?? n), this.stride, this.offset);
  }

  lo(...from: (number | null)[]): Strided {
    const offset = this.stride.reduce((sum, stride, i) => sum + (from[i] ?? 0) * stride, this.offset);
    return new Strided(this.data, this.shape.map((n, i) => n - (from[i] ?? 0)), this.stride, offset);
  }

  step(...by: (number | null)[]): Strided {
    const steps = this.shape.map((_, i) => by[i] ?? 1);
    const offset = steps.reduce((sum, step, i) => (step < 0 ? sum + this.stride[i] * (this.shape[i] - 1) : sum), this.offset);
    return new Strided(
      this.data,
      this.shape.map((n, i) => Math.ceil(n / Math.abs(steps[i]))),
      this.stride.map((stride, i) => stride * steps[i]),
      offset,
    );
  }
}

/** An array over `data`, in C order unless strides are given. */
export default function ndarray(data: Data, shape: number[] = [data.length], stride?: number[], offset = 0): Strided {
  let step = 1;
  const strides = stride ?? shape.map(() => 0);
  if (!stride) {
    for (let i = shape.length - 1; i >= 0; i -= 1) {
      strides[i] = step;
      step *= shape[i];
    }
  }
  return new Strided(data, shape, strides, offset);
}

// What is drawn, wherever it came from: curves over a line, or a map over two axes.

import type { Frame, FrameArray, Numbers } from '../api/frame';
import { drawable } from '../api/frame';
import type { Dimension, PlotHeader } from '../api/types';

export type Floats = Float64Array | Float32Array;

export interface Axis {
  label: string;
  values: Floats;
}

export interface Curve {
  label: string;
  x: Floats;
  y: Floats;
  errors?: Floats;
}

export interface LineModel {
  kind: 'line';
  title: string;
  xLabel: string;
  yLabel: string;
  curves: Curve[];
  /** The points are in no order along the axis: no line joins them. */
  scattered?: boolean;
  /** What a person should know about what is left out. */
  note?: string;
}

export interface MapModel {
  kind: 'map';
  title: string;
  x: Axis;
  y: Axis;
  valueLabel: string;
  /** C order, rows along `y`. */
  values: Floats;
  note?: string;
}

export type Part = 'amplitude' | 'phase' | 'real' | 'imaginary';

export const PARTS: Part[] = ['amplitude', 'phase', 'real', 'imaginary'];

/** One real number for each complex one. */
export function partOf(pairs: Floats, part: Part): Float64Array {
  const out = new Float64Array(pairs.length / 2);
  for (let i = 0; i < out.length; i += 1) {
    const [re, im] = [pairs[2 * i], pairs[2 * i + 1]];
    out[i] = part === 'real' ? re : part === 'imaginary' ? im : part === 'phase' ? Math.atan2(im, re) : Math.hypot(re, im);
  }
  return out;
}

/** The indexes along a dimension that a frame has values for. */
export function indexes({ start, step, count }: Dimension): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => start + i * step);
}

export function floats(array: FrameArray, part: Part | null): Floats {
  const values = drawable(array.values);
  return part === null ? values : partOf(values, part);
}

/** Where the values of a frame of one dimension are. */
export function positions(frame: Frame<PlotHeader>): Floats {
  const given = frame.arrays.get('positions');
  return given ? drawable(given.values) : indexes(frame.header.dimensions[0]);
}

export function noteOf(reduced: 'none' | 'minmax' | 'sampled', shape: readonly number[]): string | undefined {
  const all = shape.reduce((a, b) => a * b, 1).toLocaleString('en');
  if (reduced === 'minmax') return `${all} elements: the least and the greatest of each stretch are drawn`;
  if (reduced === 'sampled') return `${all} elements: some of them are drawn, evenly chosen`;
  return undefined;
}

/** Rows and columns exchanged. */
export function transposed<T extends Floats>(values: T, rows: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}

export interface Extent {
  min: number;
  max: number;
  /** The least above zero: where a logarithmic scale may begin. */
  positive: number;
  mean: number;
  finite: number;
}

export function extent(values: ArrayLike<number>): Extent {
  let [min, max, positive, sum, finite] = [Infinity, -Infinity, Infinity, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value > 0 && value < positive) positive = value;
    sum += value;
    finite += 1;
  }
  return { min, max, positive, mean: sum / finite, finite };
}

/** Whether values only rise or only fall, so that they can be an axis of a map. */
export function isMonotonic(values: ArrayLike<number>): boolean {
  if (values.length < 2) return Number.isFinite(values[0] ?? 0);
  const sign = Math.sign(values[1] - values[0]);
  if (sign === 0 || !Number.isFinite(values[0])) return false;
  for (let i = 1; i < values.length; i += 1) {
    if (!(Math.sign(values[i] - values[i - 1]) === sign)) return false;
  }
  return true;
}

/** The index of the value that is nearest. */
export function nearest(values: ArrayLike<number>, wanted: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) {
    if (Math.abs(values[i] - wanted) < Math.abs(values[best] - wanted)) best = i;
  }
  return best;
}

/** A number as it is, also of 64 bits, for people to read. */
export function exact(values: Numbers, index: number): number | bigint {
  return values[index];
}

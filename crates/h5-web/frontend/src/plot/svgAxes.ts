// Scales, ticks and the frame of a plot in SVG.

import { ScaleType } from '@h5web/lib';
import { numberText } from '../text';
import { extent } from './model';
import { escape } from './svg';

export interface Scale {
  at: (value: number) => number;
  ticks: number[];
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function scaleOf(arrays: ArrayLike<number>[], kind: string, [from, to]: [number, number], margin: number): Scale {
  const all = arrays.map((values) => extent(values)).filter(({ finite }) => finite > 0);
  const log = kind === ScaleType.Log;
  let min = Math.min(...all.map((one) => (log ? one.positive : one.min)));
  let max = Math.max(...all.map((one) => one.max));
  if (!Number.isFinite(min) || !Number.isFinite(max)) [min, max] = log ? [0.1, 1] : [0, 1];
  if (min === max) [min, max] = log ? [min / 2, max * 2] : [min - 0.5, max + 0.5];
  const forward = log ? Math.log10 : kind === ScaleType.SymLog ? symlog : (v: number) => v;
  let [low, high] = [forward(min), forward(max)];
  const wider = (high - low) * margin;
  [low, high] = [low - wider, high + wider];
  const at = (value: number) => from + ((forward(value) - low) / (high - low)) * (to - from);
  const shown = (value: number) => forward(value) >= low && forward(value) <= high;
  return { at, ticks: (log ? decades(min, max) : steps(min, max)).filter(shown) };
}

function symlog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

/** Round numbers, about seven of them. */
function steps(min: number, max: number): number[] {
  const rough = (max - min) / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const first = Math.floor(min / step);
  return Array.from({ length: 12 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function decades(min: number, max: number): number[] {
  const first = Math.floor(Math.log10(min));
  const count = Math.ceil(Math.log10(max)) - first + 1;
  const every = Math.ceil(count / 8);
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => 10 ** (first + i * every));
}

export function frame({ left, top, right, bottom }: Box, x: Scale, y: Scale, xLabel: string, yLabel: string): string {
  const parts = [`<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#666"/>`];
  for (const tick of x.ticks) {
    const at = x.at(tick).toFixed(2);
    parts.push(`<path d="M${at} ${bottom}v5" stroke="#666"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${numberText(tick, 5)}</text>`);
  }
  for (const tick of y.ticks) {
    const at = y.at(tick);
    parts.push(`<path d="M${left} ${at.toFixed(2)}h-5" stroke="#666"/><text x="${left - 8}" y="${(at + 4).toFixed(2)}" text-anchor="end">${numberText(tick, 5)}</text>`);
  }
  const middle = (top + bottom) / 2;
  parts.push(`<text x="${(left + right) / 2}" y="${bottom + 40}" text-anchor="middle">${escape(xLabel)}</text>`);
  parts.push(`<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})">${escape(yLabel)}</text>`);
  return parts.join('');
}

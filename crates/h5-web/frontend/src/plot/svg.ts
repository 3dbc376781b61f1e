// A plot as SVG, drawn from its numbers: axes, ticks, curves with errors, maps as a picture of one pixel a value.

import { INTERPOLATORS, ScaleType } from '@h5web/lib';
import { numberText } from '../text';
import { extent, type Curve, type LineModel, type MapModel } from './model';
import type { PlotOptions } from './options';
import { PALETTE } from './palette';
import { frame, scaleOf, type Scale } from './svgAxes';

export const SIZE = { width: 800, height: 520 };
const BOX = { left: 80, top: 40, right: 770, bottom: 460 };

export function svgOf(model: LineModel | MapModel, options: PlotOptions): string {
  return model.kind === 'line' ? lineSvg(model, options) : mapSvg(model, options);
}

function lineSvg(model: LineModel, { line }: PlotOptions): string {
  const x = scaleOf(model.curves.map((curve) => curve.x), line.xScale, [BOX.left, BOX.right], 0.01);
  const ys = model.curves.flatMap(({ y, errors }) =>
    errors && line.errors ? [y, y.map((v, i) => v + errors[i]), y.map((v, i) => v - errors[i])] : [y]);
  const y = scaleOf(ys, line.yScale, [BOX.bottom, BOX.top], 0.05);
  const curves = model.curves.map((curve, i) => {
    const color = PALETTE[i % PALETTE.length];
    const errors = curve.errors && line.errors ? errorBars(curve, x, y, color) : '';
    const points = line.points || model.scattered || curve.x.length === 1 ? dots(curve, x, y, color) : '';
    const joined = model.scattered ? '' : `<path d="${path(curve, x, y)}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
    return `${joined}${errors}${points}`;
  });
  const legend = model.curves.length < 2 ? '' : model.curves.map(({ label }, i) =>
    `<text x="${BOX.right - 8}" y="${BOX.top + 18 + i * 16}" text-anchor="end" fill="${PALETTE[i % PALETTE.length]}">${escape(label)}</text>`).join('');
  return svg(model.title, frame(BOX, x, y, model.xLabel, model.yLabel) + `<g clip-path="url(#box)">${curves.join('')}</g>${legend}`);
}

/** A gap where a value is not finite. */
function path({ x: xs, y: ys }: Curve, x: Scale, y: Scale): string {
  const parts: string[] = [];
  let pen = 'M';
  for (let i = 0; i < xs.length; i += 1) {
    const [px, py] = [x.at(xs[i]), y.at(ys[i])];
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen = 'M';
      continue;
    }
    parts.push(`${pen}${px.toFixed(2)} ${py.toFixed(2)}`);
    pen = 'L';
  }
  return parts.join('');
}

function errorBars({ x: xs, y: ys, errors }: Curve, x: Scale, y: Scale, color: string): string {
  if (!errors) return '';
  const parts: string[] = [];
  for (let i = 0; i < xs.length; i += 1) {
    const [px, low, high] = [x.at(xs[i]), y.at(ys[i] - errors[i]), y.at(ys[i] + errors[i])];
    if ([px, low, high].every(Number.isFinite)) parts.push(`M${px.toFixed(2)} ${low.toFixed(2)}V${high.toFixed(2)}`);
  }
  return `<path d="${parts.join('')}" stroke="${color}" stroke-opacity="0.5" fill="none"/>`;
}

function dots({ x: xs, y: ys }: Curve, x: Scale, y: Scale, color: string): string {
  const parts: string[] = [];
  for (let i = 0; i < xs.length; i += 1) {
    const [px, py] = [x.at(xs[i]), y.at(ys[i])];
    if (Number.isFinite(px) && Number.isFinite(py)) parts.push(`<circle cx="${px.toFixed(2)}" cy="${py.toFixed(2)}" r="2.5" fill="${color}"/>`);
  }
  return parts.join('');
}

function mapSvg(model: MapModel, { map }: PlotOptions): string {
  const [rows, columns] = [model.y.values.length, model.x.values.length];
  const { min, max, positive } = extent(model.values);
  const low = map.scale === ScaleType.Log ? positive : min;
  const color = INTERPOLATORS[map.colorMap];
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas');
  const image = context.createImageData(columns, rows);
  const table = colorTable(color, map.invert);
  for (let row = 0; row < rows; row += 1) {
    // The first row is the lowest, unless the picture is flipped.
    const from = map.flip ? row : rows - 1 - row;
    for (let column = 0; column < columns; column += 1) {
      const at = place(model.values[from * columns + column], low, max, map.scale);
      const pixel = (row * columns + column) * 4;
      if (Number.isFinite(at)) image.data.set(table[Math.round(Math.min(1, Math.max(0, at)) * 255)], pixel);
    }
  }
  context.putImageData(image, 0, 0);
  const half = (values: ArrayLike<number>) => (values.length > 1 ? (values[1] - values[0]) / 2 : 0.5);
  const edges = (values: ArrayLike<number>): [number, number] => [values[0] - half(values), values[values.length - 1] + half(values)];
  const x = scaleOf([edges(model.x.values)], ScaleType.Linear, [BOX.left, BOX.right - 90], 0);
  const y = scaleOf([edges(model.y.values)], ScaleType.Linear, map.flip ? [BOX.top, BOX.bottom] : [BOX.bottom, BOX.top], 0);
  const box = { ...BOX, right: BOX.right - 90 };
  const picture = `<image x="${box.left}" y="${box.top}" width="${box.right - box.left}" height="${box.bottom - box.top}" ` +
    `preserveAspectRatio="none" style="image-rendering:pixelated" href="${canvas.toDataURL('image/png')}"/>`;
  const stops = [0, 0.25, 0.5, 0.75, 1].map((t) => `<stop offset="${t}" stop-color="${color(map.invert ? t : 1 - t)}"/>`).join('');
  const bar = `<defs><linearGradient id="bar" x2="0" y2="1">${stops}</linearGradient></defs>` +
    `<rect x="${box.right + 20}" y="${box.top}" width="16" height="${box.bottom - box.top}" fill="url(#bar)" stroke="#666"/>` +
    `<text x="${box.right + 42}" y="${box.top + 8}">${numberText(max, 4)}</text>` +
    `<text x="${box.right + 42}" y="${box.bottom}">${numberText(low, 4)}</text>`;
  return svg(model.title, picture + frame(box, x, y, model.x.label, model.y.label) + bar);
}

function place(value: number, low: number, high: number, scale: string): number {
  if (scale === ScaleType.Log) return (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
  if (scale === ScaleType.Sqrt) return Math.sqrt((value - low) / (high - low));
  if (scale === ScaleType.SymLog) return (symlog(value) - symlog(low)) / (symlog(high) - symlog(low));
  return high === low ? 0.5 : (value - low) / (high - low);
}

function symlog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

/** 256 colours of a map, as pixels. */
function colorTable(color: (t: number) => string, invert: boolean): Uint8ClampedArray[] {
  const canvas = document.createElement('canvas');
  canvas.width = 256;
  canvas.height = 1;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas');
  for (let i = 0; i < 256; i += 1) {
    context.fillStyle = color(invert ? 1 - i / 255 : i / 255);
    context.fillRect(i, 0, 1, 1);
  }
  const { data } = context.getImageData(0, 0, 256, 1);
  return Array.from({ length: 256 }, (_, i) => data.slice(i * 4, i * 4 + 4));
}

function svg(title: string, body: string): string {
  const clip = `<defs><clipPath id="box"><rect x="${BOX.left}" y="${BOX.top}" width="${BOX.right - BOX.left}" height="${BOX.bottom - BOX.top}"/></clipPath></defs>`;
  const heading = title ? `<text x="${SIZE.width / 2}" y="24" text-anchor="middle" font-size="15">${escape(title)}</text>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}" ` +
    `font-family="sans-serif" font-size="12" fill="#222"><rect width="100%" height="100%" fill="#fff"/>${clip}${heading}${body}</svg>\n`;
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}

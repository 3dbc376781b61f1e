// PyMoDAQ's data, made ready to be drawn.

import type { Frame } from '../api/frame';
import { drawable } from '../api/frame';
import type { DataPlot, DataPlots } from '../api/pymodaq';
import { indexes, isMonotonic, noteOf, partOf, type Curve, type Floats, type LineModel, type MapModel, type Part } from '../plot/model';
import { withUnits } from '../text';

/** One value of a channel: data without dimensions. */
export interface Single {
  label: string;
  value: number;
  error: number | null;
  units: string;
}

export interface Drawn {
  line: LineModel | null;
  maps: MapModel[];
  singles: Single[];
  faults: { label: string; message: string }[];
  complex: boolean;
  hasErrors: boolean;
}

export function drawnOf(frame: Frame<DataPlots>, title: string, part: Part, several = false): Drawn {
  const drawn: Drawn = { line: null, maps: [], singles: [], faults: [], complex: false, hasErrors: false };
  const curves: Curve[] = [];
  const taken = new Map<string, number>();
  let first: DataPlot | null = null;
  for (const plot of frame.header.plots) {
    if (plot.error) {
      drawn.faults.push({ label: plot.label || plot.path, message: plot.error.message });
      continue;
    }
    const { values, complex } = valuesOf(frame, plot, part);
    const errors = plot.errors === null ? null : numbers(frame, plot.errors);
    drawn.complex ||= complex;
    drawn.hasErrors ||= errors !== null;
    const label = unique(several ? nameOf(plot) : plot.label, taken);
    const rank = plot.dimensions.length;
    if (rank === 0 || values.length === 1) {
      drawn.singles.push({ label, value: values[0], error: errors ? errors[0] : null, units: plot.units });
    } else if (rank === 1) {
      first ??= plot;
      curves.push({ label, x: axisOf(frame, plot, 0).values, y: values, errors: errors ?? undefined });
    } else {
      const y = axisOf(frame, plot, 0);
      const x = axisOf(frame, plot, 1);
      const valueLabel = withUnits(plot.label, plot.units);
      drawn.maps.push({ kind: 'map', title: several ? label : title, x, y, valueLabel, values, note: noteOf(plot.reduced, plot.shape) });
    }
  }
  if (first) {
    drawn.line = {
      kind: 'line', title, curves,
      xLabel: axisOf(frame, first, 0).label,
      yLabel: withUnits(curves.length === 1 ? curves[0].label : '', first.units),
      scattered: first.axes.some((axis) => axis.spread && axis.index === 0) && !isMonotonic(curves[0].x),
      note: noteOf(first.reduced, first.shape),
    };
  }
  return drawn;
}

function valuesOf(frame: Frame<DataPlots>, plot: DataPlot, part: Part): { values: Floats; complex: boolean } {
  const array = frame.arrays.get(plot.values);
  if (!array) throw new Error('the answer has no values');
  const complex = array.shape.length > plot.dimensions.length && array.shape[array.shape.length - 1] === 2;
  const values = drawable(array.values);
  return { values: complex ? partOf(values, part) : values, complex };
}

export function numbers(frame: Frame<DataPlots>, name: string): Floats | null {
  const array = frame.arrays.get(name);
  return array ? drawable(array.values) : null;
}

/** The axis along a dimension of a plot; its indexes, if it has none. */
export function axisOf(frame: Frame<DataPlots>, plot: DataPlot, dimension: number): { label: string; values: Floats } {
  const { count } = plot.dimensions[dimension];
  const axis = plot.axes.find(({ index, array }) => index === dimension && numbers(frame, array)?.length === count);
  const values = axis && numbers(frame, axis.array);
  if (!axis || !values) return { label: 'index', values: indexes(plot.dimensions[dimension]) };
  return { label: withUnits(axis.label, axis.units), values };
}

/** The object and what it is in: enough to tell curves of several scans apart. */
function nameOf(plot: DataPlot): string {
  const names = plot.path.split('/').filter(Boolean);
  const group = names.find((name) => /^(Scan|Detector|Actuator|Datalogger|Optimizer)\d+$/.test(name)) ?? names[0];
  return `${group} ${plot.label || names[names.length - 1]}`;
}

function unique(label: string, taken: Map<string, number>): string {
  const times = (taken.get(label) ?? 0) + 1;
  taken.set(label, times);
  return times === 1 ? label : `${label} (${times})`;
}

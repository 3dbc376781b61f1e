// A dataset of numbers, drawn: a curve or a map of the dimensions that are chosen, the others cut.

import { useMemo, useState } from 'react';
import type { Child } from '../api/types';
import type { Frame } from '../api/frame';
import type { PlotHeader } from '../api/types';
import { useQuery } from '../store';
import { Fault, Waiting } from '../shell/States';
import { LinePlot } from './LinePlot';
import { MapPlot } from './MapPlot';
import { isTransposed, selectionOf, stretchOf, type Mapping } from './mapping';
import { floats, indexes, noteOf, positions, transposed, type LineModel, type MapModel, type Part } from './model';
import type { PlotOptions } from './options';
import { PlotBar } from './PlotBar';
import { SavePicture } from './SavePicture';

interface Props {
  child: Child;
  mapping: Mapping;
  options: PlotOptions;
  onOptions: (change: Partial<PlotOptions>) => void;
}

export function SlicePlot({ child, mapping, options, onOptions }: Props) {
  const selection = selectionOf(mapping);
  const { value, error, loading } = useQuery(`plot ${child.path} ${selection ?? ''}`, async (client) => ({
    frame: await client.plot(child.path, selection), mapping,
  }));
  const complex = child.class === 'complex';
  const part = complex ? options.part : null;
  const model = useMemo(
    () => (value ? modelOf(value.frame, child, value.mapping, part) : null),
    [value, child, part],
  );
  const [detail, onView] = useDetail(child, value, part);
  const kind = mapping.includes('y') ? 'map' : 'line';

  return (
    <section className="plot-section" aria-label="Plot" aria-busy={loading} data-selection={selection ?? ''}>
      <div className="plot-head">
        <PlotBar kind={kind} complex={complex} errors={false} options={options} onChange={onOptions} />
        {model && <SavePicture model={model} options={options} name={child.name} />}
      </div>
      {error && <Fault error={error} />}
      {!error && !model && <Waiting />}
      {!error && model?.kind === 'line' && <LinePlot model={model} options={options.line} detail={detail} onView={onView} />}
      {!error && model?.kind === 'map' && <MapPlot model={model} options={options.map} />}
    </section>
  );
}

interface Slice {
  frame: Frame<PlotHeader>;
  mapping: Mapping;
}

/** The stretch of a long curve that is in view, once it is zoomed; and what is to be told of the view. */
function useDetail(child: Child, whole: Slice | undefined, part: Part | null): [LineModel | undefined, ((from: number, to: number) => void) | undefined] {
  const [view, setView] = useState<readonly [number, number] | null>(null);
  const isLong = whole?.frame.header.dimensions.length === 1 && whole.frame.header.reduced !== 'none';
  const count = whole?.frame.header.shape[0] ?? 0;
  const [from, to] = view ? [Math.max(0, Math.floor(view[0])), Math.min(count, Math.ceil(view[1]) + 1)] : [0, count];
  const asked = isLong && from < to && to - from < count ? stretchOf(whole.mapping, from, to) : null;
  const { value } = useQuery(asked && `plot ${child.path} ${asked}`, async (client) => ({
    frame: await client.plot(child.path, asked ?? undefined), mapping: whole?.mapping ?? [], from,
  }));
  const model = useMemo(() => (value ? stretched(modelOf(value.frame, child, value.mapping, part), value.from, value.frame) : undefined), [value, child, part]);
  return [asked === null ? undefined : model, isLong ? (a, b) => setView([a, b]) : undefined];
}

/** A stretch, with its place in the whole. */
function stretched(model: LineModel | MapModel, from: number, { header, arrays }: Frame<PlotHeader>): LineModel | undefined {
  if (model.kind !== 'line') return undefined;
  const curves = arrays.has('positions') ? model.curves.map((curve) => ({ ...curve, x: curve.x.map((at) => at + from) })) : model.curves;
  const note = header.reduced === 'none' ? `${header.shape[0].toLocaleString('en')} elements in view: each is drawn` : model.note;
  return { ...model, curves, note };
}

function modelOf(frame: Frame<PlotHeader>, child: Child, mapping: Mapping, part: Part | null): LineModel | MapModel {
  const { header, arrays } = frame;
  const array = arrays.get('values');
  if (!array) throw new Error('the answer has no values');
  const values = floats(array, part);
  const note = noteOf(header.reduced, header.shape);
  const valueLabel = part === null ? child.name : `${part} of ${child.name}`;
  const name = (axis: 'x' | 'y') => (mapping.length > 1 ? `dim ${mapping.indexOf(axis)}` : 'index');
  if (header.dimensions.length < 2) {
    const curve = { label: valueLabel, x: positions(frame), y: values };
    return { kind: 'line', title: '', xLabel: name('x'), yLabel: valueLabel, curves: [curve], note };
  }
  const [first, second] = header.dimensions;
  const turned = isTransposed(mapping);
  const [y, x] = turned ? [second, first] : [first, second];
  return {
    kind: 'map', title: '', valueLabel, note,
    x: { label: name('x'), values: indexes(x) },
    y: { label: name('y'), values: indexes(y) },
    values: turned ? transposed(values, first.count, second.count) : values,
  };
}

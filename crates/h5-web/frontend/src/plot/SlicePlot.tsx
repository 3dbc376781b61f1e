// A dataset of numbers, drawn: a curve or a map of the dimensions that are chosen, the others cut.

import { useMemo } from 'react';
import type { Child } from '../api/types';
import type { Frame } from '../api/frame';
import type { PlotHeader } from '../api/types';
import { useQuery } from '../store';
import { Fault, Waiting } from '../shell/States';
import { LinePlot } from './LinePlot';
import { MapPlot } from './MapPlot';
import { isTransposed, selectionOf, type Mapping } from './mapping';
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
  const kind = mapping.includes('y') ? 'map' : 'line';

  return (
    <section className="plot-section" aria-label="Plot" aria-busy={loading} data-selection={selection ?? ''}>
      <div className="plot-head">
        <PlotBar kind={kind} complex={complex} errors={false} options={options} onChange={onOptions} />
        {model && <SavePicture model={model} options={options} name={child.name} />}
      </div>
      {error && <Fault error={error} />}
      {!error && !model && <Waiting />}
      {!error && model?.kind === 'line' && <LinePlot model={model} options={options.line} />}
      {!error && model?.kind === 'map' && <MapPlot model={model} options={options.map} />}
    </section>
  );
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

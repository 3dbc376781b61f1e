// A scan whose points are anywhere: each is a dot where it was, coloured by its value.

import { ScatterVis } from '@h5web/lib';
import ndarray from 'ndarray';
import type { Frame } from '../api/frame';
import type { DataPlot, DataPlots } from '../api/pymodaq';
import { Cursor } from '../plot/Cursor';
import { extent } from '../plot/model';
import type { PlotOptions } from '../plot/options';
import { Readout } from '../plot/Readout';
import { numberText, withUnits } from '../text';
import { numbers } from './models';

interface Props {
  frame: Frame<DataPlots>;
  plot: DataPlot;
  options: PlotOptions;
  at: number;
  onAt: (index: number) => void;
}

export function SpreadMap({ frame, plot, options, at, onAt }: Props) {
  const [first, second] = plot.axes.filter((axis) => axis.spread);
  const x = numbers(frame, first.array);
  const y = numbers(frame, second.array);
  const values = numbers(frame, plot.values);
  if (!x || !y || !values) return null;
  const stats = extent(values);
  const [min, max] = stats.min < stats.max ? [stats.min, stats.max] : [stats.min - 0.5, stats.max + 0.5];
  const xLabel = withUnits(first.label, first.units);
  const yLabel = withUnits(second.label, second.units);
  return (
    <section className="pane" aria-label="Navigation">
      <div className="plot-head"><h2>Navigation</h2></div>
      <div className="plot">
        <Cursor count={values.length} at={at} onMove={onAt} label="Scan points: move through them with the arrow keys">
          <ScatterVis
            title=""
            abscissaParams={{ label: xLabel, value: Array.from(x) }}
            ordinateParams={{ label: yLabel, value: Array.from(y) }}
            dataArray={ndarray(values, [values.length])}
            domain={[min, max]}
            colorMap={options.map.colorMap}
            invertColorMap={options.map.invert}
            size={12}
            onPointClick={(index) => onAt(index)}
          />
        </Cursor>
        <Readout
          stats={stats}
          count={values.length}
          at={`${xLabel} = ${numberText(x[at])}, ${yLabel} = ${numberText(y[at])}, value = ${numberText(values[at])}`}
        />
      </div>
    </section>
  );
}

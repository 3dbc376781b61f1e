// The navigation pane of a scan: signals reduced to a number for each point. Choosing a point, by mouse or keyboard, shows its signal.

import { useMemo, useState } from 'react';
import type { Frame } from '../api/frame';
import type { Data, DataPlot, DataPlots } from '../api/pymodaq';
import type { Query } from '../api/client';
import { Choice } from '../plot/PlotBar';
import type { PlotOptions } from '../plot/options';
import { Slider } from '../plot/Slicer';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { numberText, withUnits } from '../text';
import { axisOf, drawnOf, numbers } from './models';
import { Panel } from './Panel';
import { SpreadMap } from './SpreadMap';

interface Props {
  data: Data;
  shared: Query;
  at: number[];
  onAt: (at: number[]) => void;
  options: PlotOptions;
  onOptions: (change: Partial<PlotOptions>) => void;
}

const REDUCTIONS = ['mean', 'sum', 'max', 'point'] as const;

export function Navigation({ data, shared, at, onAt, options, onOptions }: Props) {
  const [reduce, setReduce] = useState<(typeof REDUCTIONS)[number]>('mean');
  const [sig, setSig] = useState<number[]>(() => data.sig_indexes.map(() => 0));
  const spread = data.distribution === 'spread';
  const drawable = spread || data.nav_indexes.length <= 2;
  const hasSignal = data.sig_indexes.some((index) => data.stored_shape[index] > 1);
  const query = { ...shared, pane: 'navigation', reduce, sig: reduce === 'point' ? sig.join(',') : undefined };
  const { value, error, loading } = useQuery(drawable ? `navigation ${data.path} ${JSON.stringify(query)}` : null, (client) =>
    client.dataPlot([data.path], query));
  const drawn = useMemo(() => value && drawnOf(value, '', options.part), [value, options.part]);
  const plot = value?.header.plots.find((one) => !one.error);
  const picked = plot && at.map((index, i) => place(plot, i, index));
  const pick = (places: number[]) => onAt(plot ? places.map((one, i) => indexAt(plot, i, one)) : places);
  const spreadAxes = plot?.axes.filter((axis) => axis.spread) ?? [];

  return (
    <div className="navigation">
      {error && <Fault error={error} />}
      {drawable && !error && !drawn && <Waiting />}
      {value && drawn && plot && (spread && spreadAxes.length > 1
        ? <SpreadMap frame={value} plot={plot} options={options} at={picked?.[0] ?? 0} onAt={(index) => pick([index])} />
        : <Panel heading="Navigation" drawn={drawn} options={options} onOptions={onOptions} busy={loading} name={`${data.name}-navigation`}
            picked={picked} onPick={pick} />)}
      {!drawable && <p className="quiet">{`${data.nav_indexes.length} scanned dimensions: choose a point with the sliders.`}</p>}
      <div className="navigation-bar">
        {hasSignal && <Choice label="Signal as" value={reduce} all={REDUCTIONS} onChange={setReduce} />}
        {reduce === 'point' && data.sig_indexes.map((dimension, i) => (
          <div key={dimension} className="choice"><span>{nameOf(data, dimension)}</span>
            <Slider label={`Signal index along ${nameOf(data, dimension)}`} value={sig[i]} size={data.stored_shape[dimension]}
              onChange={(index) => setSig(sig.map((old, j) => (j === i ? index : old)))} /></div>
        ))}
        {at.map((index, i) => {
          const dimension = data.nav_indexes[i];
          const name = spread ? 'Point' : nameOf(data, dimension);
          return (
            <div key={i} className="choice"><span>{name}</span>
              <Slider label={`Scan index along ${name}`} value={index} size={data.stored_shape[dimension]}
                shown={value && plot ? shownAt(value, plot, spread, i, index) : undefined}
                onChange={(next) => onAt(at.map((old, j) => (j === i ? next : old)))} /></div>
          );
        })}
      </div>
    </div>
  );
}

function nameOf(data: Data, dimension: number): string {
  return data.axes.find(({ index }) => index === dimension)?.label || `dim ${dimension}`;
}

/** Where an index of the data is in a plot that may leave some out. */
function place(plot: DataPlot, dimension: number, index: number): number {
  const { start, step, count } = plot.dimensions[dimension] ?? { start: 0, step: 1, count: 1 };
  return Math.min(count - 1, Math.max(0, Math.round((index - start) / step)));
}

function indexAt(plot: DataPlot, dimension: number, at: number): number {
  const { start, step } = plot.dimensions[dimension] ?? { start: 0, step: 1 };
  return start + at * step;
}

/** What the axes say at an index. */
function shownAt(frame: Frame<DataPlots>, plot: DataPlot, spread: boolean, dimension: number, index: number): string {
  const at = place(plot, dimension, index);
  if (!spread) {
    const axis = plot.axes.find((one) => one.index === dimension);
    return withUnits(numberText(axisOf(frame, plot, dimension).values[at]), axis?.units ?? '').replace(/[()]/g, '');
  }
  return plot.axes.map(({ label, units, array }) => `${label} ${numberText(numbers(frame, array)?.[at])} ${units}`.trim()).join(', ');
}


// A map of two dimensions in colours, drawn by h5web; points can be chosen.

import { DataCurve, HeatmapVis, ScaleType, type ColorScaleType, type Domain } from '@h5web/lib';
import ndarray from 'ndarray';
import { useMemo, useState } from 'react';
import { numberText } from '../text';
import { Cursor } from './Cursor';
import { Pick } from './Pick';
import { extent, isMonotonic, nearest, type Axis, type MapModel } from './model';
import type { ColorMapName } from './palette';
import { Readout } from './Readout';

export interface MapOptions {
  colorMap: ColorMapName;
  invert: boolean;
  scale: ColorScaleType;
  keepAspect: boolean;
  flip: boolean;
}

interface Props {
  model: MapModel;
  options: MapOptions;
  onPick?: (row: number, column: number) => void;
  picked?: { row: number; column: number };
}

export function MapPlot({ model, options, onPick, picked }: Props) {
  const [cursor, setCursor] = useState<{ row: number; column: number } | null>(null);
  const [ready, setReady] = useState(false);
  const rows = model.y.values.length;
  const columns = model.x.values.length;
  const [x, y] = [usable(model.x), usable(model.y)];
  const array = useMemo(() => ndarray(model.values, [rows, columns]), [model.values, rows, columns]);
  const stats = useMemo(() => extent(model.values), [model.values]);
  const mark = picked ?? cursor;

  const choose = (row: number, column: number) => {
    setCursor({ row, column });
    onPick?.(row, column);
  };

  return (
    <div className="plot">
      <Cursor
        count={rows * columns}
        width={columns}
        busy={!ready}
        at={mark && mark.row * columns + mark.column}
        label={`${model.title || 'Map'}: move the cursor with the arrow keys`}
        onMove={(to) => choose(Math.floor(to / columns), to % columns)}
      >
        <HeatmapVis
          className="map"
          title={model.title}
          dataArray={array}
          domain={domainOf(stats, options.scale)}
          colorMap={options.colorMap}
          invertColorMap={options.invert}
          scaleType={options.scale}
          aspect={options.keepAspect ? 'equal' : 'auto'}
          flipYAxis={options.flip}
          showGrid={false}
          abscissaParams={{ label: x.label, value: edges(x.values) }}
          ordinateParams={{ label: y.label, value: edges(y.values) }}
          renderTooltip={({ xi, yi }) => (
            <div className="tip">
              <div>{`${x.label || 'x'} = ${numberText(x.values[xi])}, ${y.label || 'y'} = ${numberText(y.values[yi])}`}</div>
              <strong>{numberText(model.values[yi * columns + xi])}</strong>
            </div>
          )}
        >
          <Pick onReady={() => setReady(true)} onPick={(px, py) => choose(nearest(y.values, py), nearest(x.values, px))} />
          {mark && <Cross x={x.values} y={y.values} row={mark.row} column={mark.column} />}
        </HeatmapVis>
      </Cursor>
      <Readout
        note={model.note}
        stats={stats}
        count={model.values.length}
        at={mark && mark.row < rows && mark.column < columns ? pointText(model, mark.row, mark.column) : null}
      />
    </div>
  );
}

/** Lines through the chosen point. */
function Cross({ x, y, row, column }: { x: ArrayLike<number>; y: ArrayLike<number>; row: number; column: number }) {
  if (row >= y.length || column >= x.length) return null;
  const lines: [number[], number[]][] = [
    [[x[column], x[column]], ends(y)],
    [ends(x), [y[row], y[row]]],
  ];
  return lines.map(([xs, ys], i) => <DataCurve key={i} abscissas={xs} ordinates={ys} color="#ff5a36" width={1.4} />);
}

function ends(values: ArrayLike<number>): number[] {
  const all = edges(values);
  return [all[0], all[all.length - 1]];
}

/** Where pixels begin and end: half way between the points that they stand for. */
function edges(values: ArrayLike<number>): number[] {
  const last = values.length - 1;
  if (last < 1) return [values[0] - 0.5, values[0] + 0.5];
  const middles = Array.from({ length: last }, (_, i) => (values[i] + values[i + 1]) / 2);
  return [values[0] - (middles[0] - values[0]), ...middles, values[last] + (values[last] - middles[last - 1])];
}

function pointText(model: MapModel, row: number, column: number): string {
  const value = model.values[row * model.x.values.length + column];
  const x = `${model.x.label || 'x'} = ${numberText(model.x.values[column])}`;
  const y = `${model.y.label || 'y'} = ${numberText(model.y.values[row])}`;
  return `${x}, ${y}, ${model.valueLabel || 'value'} = ${numberText(value)}`;
}

/** An axis that turns back cannot be one of a map: its indexes are. */
function usable(axis: Axis): { label: string; values: number[] } {
  if (isMonotonic(axis.values)) return { label: axis.label, values: Array.from(axis.values) };
  return { label: axis.label ? `${axis.label}, index` : '', values: Array.from(axis.values, (_, i) => i) };
}

function domainOf({ min, max, positive, finite }: ReturnType<typeof extent>, scale: ColorScaleType): Domain {
  if (finite === 0) return [0, 1];
  if (scale === ScaleType.Log) return positive === Infinity ? [0.1, 1] : [positive, Math.max(max, positive * 1.000001)];
  if (scale === ScaleType.Sqrt) return [Math.max(0, min), Math.max(max, 1e-300)];
  return min === max ? [min - (Math.abs(min) * 0.01 || 0.5), max + (Math.abs(max) * 0.01 || 0.5)] : [min, max];
}

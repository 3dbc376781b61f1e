// Curves, drawn by h5web; a cursor that the mouse and the arrow keys move.

import { AxialSelectToZoom, DataCurve, DefaultInteractions, ResetZoomButton, ScaleType, TooltipMesh, VisCanvas, CurveType,
  type AxisScaleType, type Domain } from '@h5web/lib';
import { useMemo, useState, type ReactNode } from 'react';
import { numberText } from '../text';
import { Cursor } from './Cursor';
import { Pick } from './Pick';
import { extent, nearest, type Curve, type LineModel } from './model';
import { PALETTE } from './palette';
import { Readout } from './Readout';
import { Legend } from './Legend';
import { View } from './View';

export interface LineOptions {
  xScale: AxisScaleType;
  yScale: AxisScaleType;
  points: boolean;
  errors: boolean;
}

interface Props {
  model: LineModel;
  options: LineOptions;
  /** A point was chosen: its index in the first curve. */
  onPick?: (index: number) => void;
  /** The point that is chosen, marked. */
  picked?: number;
  /** What is drawn instead, where the view is zoomed. */
  detail?: LineModel;
  /** What is in view, in the units of the axis. */
  onView?: (from: number, to: number) => void;
  children?: ReactNode;
}

export function LinePlot({ model, options, onPick, picked, detail, onView, children }: Props) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [cursor, setCursor] = useState<number | null>(null);
  const [ready, setReady] = useState(false);
  const curves = useMemo(() => model.curves.filter(({ label }) => !hidden.includes(label)), [model, hidden]);
  const first = curves[0] ?? model.curves[0];
  const xDomain = useMemo(() => domainOf(curves.map(({ x }) => x), options.xScale, 0.01), [curves, options.xScale]);
  const yDomain = useMemo(
    () => domainOf(curves.flatMap((curve) => withErrors(curve, options.errors)), options.yScale, 0.05),
    [curves, options.errors, options.yScale],
  );
  const drawn = detail ? detail.curves.filter(({ label }) => !hidden.includes(label)) : curves;
  if (!first) return <p className="quiet">Nothing to draw.</p>;
  const marked = picked ?? cursor;
  const mark = marked !== null && marked < first.x.length ? marked : null;
  const choose = (index: number) => {
    setCursor(index);
    onPick?.(index);
  };

  return (
    <div className="plot">
      <Cursor
        count={first.x.length}
        at={marked}
        busy={!ready}
        label={`${model.title || 'Curve'}: move the cursor with the arrow keys`}
        onMove={choose}
      >
        <VisCanvas
          title={model.title}
          abscissaConfig={{ visDomain: xDomain, showGrid: true, scaleType: options.xScale, label: model.xLabel }}
          ordinateConfig={{ visDomain: yDomain, showGrid: true, scaleType: options.yScale, label: model.yLabel }}
        >
          <DefaultInteractions xSelectToZoom={false} />
          <AxialSelectToZoom axis="x" modifierKey="Shift" />
          <ResetZoomButton />
          <TooltipMesh guides="vertical" renderTooltip={(x) => <Tip curves={drawn} model={model} x={x} />} />
          {onView && <View onView={onView} />}
          <Pick onReady={() => setReady(true)} onPick={(x) => choose(nearest(first.x, x))} />
          <Curves curves={drawn} model={model} options={options} />
          {mark !== null && <DataCurve abscissas={[first.x[mark], first.x[mark]]} ordinates={yDomain} color="#e4572e" width={1.2} />}
          {children}
        </VisCanvas>
      </Cursor>
      {model.curves.length > 1 && (
        <Legend
          items={model.curves.map(({ label }) => ({ label, color: colorOf(model, label), shown: !hidden.includes(label) }))}
          onToggle={(label) => setHidden(hidden.includes(label) ? hidden.filter((one) => one !== label) : [...hidden, label])}
        />
      )}
      <Readout
        note={detail ? detail.note : model.note}
        stats={extent(first.y)}
        count={first.y.length}
        at={mark === null ? null : pointText(model, curves, mark)}
      />
    </div>
  );
}

function Curves({ curves, model, options }: { curves: Curve[]; model: LineModel; options: LineOptions }) {
  return curves.map((curve) => (
    <DataCurve
      key={curve.label}
      abscissas={curve.x}
      ordinates={curve.y}
      errors={curve.errors}
      showErrors={options.errors}
      color={colorOf(model, curve.label)}
      curveType={curveType(model, curve, options)}
      width={1.6}
    />
  ));
}

/** The same whether others are hidden or not. */
function colorOf(model: LineModel, curve: string): string {
  return PALETTE[model.curves.findIndex(({ label }) => label === curve) % PALETTE.length];
}

function pointText(model: LineModel, curves: Curve[], index: number): string {
  const x = `${model.xLabel || 'x'} = ${numberText(curves[0]?.x[index])}`;
  const ys = curves.map(({ label, y, errors }) => {
    const error = errors ? ` \u00b1 ${numberText(errors[index])}` : '';
    return `${curves.length > 1 ? label : model.yLabel || label || 'y'} = ${numberText(y[index])}${error}`;
  });
  return [x, ...ys].join(', ');
}

function Tip({ curves, model, x }: { curves: Curve[]; model: LineModel; x: number }) {
  if (curves.length === 0) return null;
  return (
    <div className="tip">
      <div>{`${model.xLabel || 'x'} = ${numberText(curves[0].x[nearest(curves[0].x, x)])}`}</div>
      {curves.map(({ label, x: xs, y, errors }) => {
        const index = nearest(xs, x);
        return (
          <div key={label}>
            <strong>{numberText(y[index])}</strong>
            {errors && ` \u00b1 ${numberText(errors[index])}`} {curves.length > 1 && label}
          </div>
        );
      })}
    </div>
  );
}

function curveType(model: LineModel, curve: Curve, options: LineOptions): CurveType {
  if (model.scattered) return CurveType.GlyphsOnly;
  return options.points || curve.x.length === 1 ? CurveType.LineAndGlyphs : CurveType.LineOnly;
}

function withErrors({ y, errors }: Curve, shown: boolean): ArrayLike<number>[] {
  if (!errors || !shown) return [y];
  return [y, Float64Array.from(y, (v, i) => v + errors[i]), Float64Array.from(y, (v, i) => v - errors[i])];
}

/** What an axis has to show: all finite values (above zero on a logarithmic scale) and a little more. */
function domainOf(arrays: ArrayLike<number>[], scale: AxisScaleType, margin: number): Domain {
  const all = arrays.map((values) => extent(values)).filter(({ finite }) => finite > 0);
  let min = Math.min(...all.map((one) => (scale === ScaleType.Log ? one.positive : one.min)));
  let max = Math.max(...all.map((one) => one.max));
  if (!Number.isFinite(min) || !Number.isFinite(max) || (scale === ScaleType.Log && max <= 0)) return scale === ScaleType.Log ? [0.1, 1] : [0, 1];
  if (min === max) {
    if (scale === ScaleType.Log) return [min / 2, max * 2];
    const around = Math.abs(min) * 0.1 || 0.5;
    [min, max] = [min - around, max + around];
  }
  if (scale === ScaleType.Log) {
    const wider = (max / min) ** margin;
    return [min / wider, max * wider];
  }
  return [min - (max - min) * margin, max + (max - min) * margin];
}

// The controls above a plot.

import { ScaleType, type AxisScaleType, type ColorScaleType } from '@h5web/lib';
import { PARTS, type Part } from './model';
import { COLOR_MAPS, type ColorMapName } from './palette';
import type { PlotOptions } from './options';

interface Props {
  kind: 'line' | 'map';
  complex: boolean;
  errors: boolean;
  options: PlotOptions;
  onChange: (change: Partial<PlotOptions>) => void;
}

const AXIS_SCALES: AxisScaleType[] = [ScaleType.Linear, ScaleType.Log, ScaleType.SymLog];
const COLOR_SCALES: ColorScaleType[] = [ScaleType.Linear, ScaleType.Log, ScaleType.SymLog, ScaleType.Sqrt];

export function PlotBar({ kind, complex, errors, options, onChange }: Props) {
  const { line, map } = options;
  return (
    <div className="plot-bar" role="group" aria-label="How the plot is drawn">
      {complex && <Choice label="Part" value={options.part} all={PARTS} onChange={(part: Part) => onChange({ part })} />}
      {kind === 'line' && (
        <>
          <Choice label="x" value={line.xScale} all={AXIS_SCALES} onChange={(xScale) => onChange({ line: { ...line, xScale } })} />
          <Choice label="y" value={line.yScale} all={AXIS_SCALES} onChange={(yScale) => onChange({ line: { ...line, yScale } })} />
          <Toggle label="Points" on={line.points} onChange={(points) => onChange({ line: { ...line, points } })} />
          {errors && <Toggle label="Errors" on={line.errors} onChange={(on) => onChange({ line: { ...line, errors: on } })} />}
        </>
      )}
      {kind === 'map' && (
        <>
          <Choice label="Colours" value={map.colorMap} all={COLOR_MAPS} onChange={(colorMap: ColorMapName) => onChange({ map: { ...map, colorMap } })} />
          <Choice label="Scale" value={map.scale} all={COLOR_SCALES} onChange={(scale) => onChange({ map: { ...map, scale } })} />
          <Toggle label="Invert" on={map.invert} onChange={(invert) => onChange({ map: { ...map, invert } })} />
          <Toggle label="Square" on={map.keepAspect} onChange={(keepAspect) => onChange({ map: { ...map, keepAspect } })} />
          <Toggle label="Flip y" on={map.flip} onChange={(flip) => onChange({ map: { ...map, flip } })} />
        </>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  all: readonly T[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, all, onChange }: ChoiceProps<T>) {
  return (
    <label className="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as T)}>
        {all.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </label>
  );
}

export function Toggle({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button type="button" className="toggle" aria-pressed={on} onClick={() => onChange(!on)}>
      {label}
    </button>
  );
}

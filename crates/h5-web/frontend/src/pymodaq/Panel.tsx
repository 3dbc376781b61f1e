// Data of PyMoDAQ in one pane: curves, one of several maps, or values.

import { useState } from 'react';
import { LinePlot } from '../plot/LinePlot';
import { MapPlot } from '../plot/MapPlot';
import type { PlotOptions } from '../plot/options';
import { Choice, PlotBar } from '../plot/PlotBar';
import { SavePicture } from '../plot/SavePicture';
import { numberText } from '../text';
import type { Drawn, Single } from './models';

interface Props {
  heading: string;
  drawn: Drawn;
  options: PlotOptions;
  onOptions: (change: Partial<PlotOptions>) => void;
  busy: boolean;
  name: string;
  picked?: number[];
  onPick?: (at: number[]) => void;
}

export function Panel({ heading, drawn, options, onOptions, busy, name, picked, onPick }: Props) {
  const [which, setWhich] = useState(0);
  const { line, maps, singles, faults } = drawn;
  const map = maps[Math.min(which, maps.length - 1)];
  const model = map ?? line;
  const labels = maps.map(({ valueLabel, title }, i) => `${i + 1}: ${title && maps.length > 1 && title !== maps[0].title ? title : valueLabel}`);

  return (
    <section className="pane" aria-label={heading} aria-busy={busy}>
      <div className="plot-head">
        <h2>{heading}</h2>
        {model && <PlotBar kind={model.kind} complex={drawn.complex} errors={drawn.hasErrors} options={options} onChange={onOptions} />}
        {maps.length > 1 && (
          <Choice label="Channel" value={labels[Math.min(which, maps.length - 1)]} all={labels} onChange={(label) => setWhich(labels.indexOf(label))} />
        )}
        {model && <SavePicture model={model} options={options} name={name} />}
      </div>
      {line && maps.length === 0 && (
        <LinePlot model={line} options={options.line} picked={picked?.[0]} onPick={onPick && ((index) => onPick([index]))} />
      )}
      {map && (
        <MapPlot model={map} options={options.map} picked={picked && { row: picked[0], column: picked[1] ?? 0 }}
          onPick={onPick && ((row, column) => onPick([row, column]))} />
      )}
      {singles.length > 0 && <Singles singles={singles} />}
      {faults.map(({ label, message }) => <p key={label} className="fault-inline">{`${label}: ${message}`}</p>)}
    </section>
  );
}

function Singles({ singles }: { singles: Single[] }) {
  return (
    <dl className="singles">
      {singles.map(({ label, value, error, units }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd data-single={label}>
            {numberText(value, 8)}
            {error !== null && <small>{` \u00b1 ${numberText(error)}`}</small>}
            {units && <small>{` ${units}`}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

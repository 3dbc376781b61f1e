// The values of a dataset: as a curve, a map, a picture, a table, or one value.

import { useEffect, useMemo, useState } from 'react';
import type { Child } from '../api/types';
import { Fault, Waiting } from '../shell/States';
import { initialMapping, selectionOf, type Mapping } from '../plot/mapping';
import { usePlotOptions } from '../plot/options';
import { isPicture, RgbPlot } from '../plot/RgbPlot';
import { Slicer } from '../plot/Slicer';
import { SlicePlot } from '../plot/SlicePlot';
import { useQuery } from '../store';
import { CellTable } from './CellTable';

type View = 'line' | 'map' | 'picture' | 'table' | 'scalar';

const LABELS: Record<View, string> = { line: 'Line', map: 'Heatmap', picture: 'Picture', table: 'Table', scalar: 'Value' };

interface Props {
  child: Child;
  onSelection: (selection: string | undefined) => void;
}

export default function DatasetView({ child, onSelection }: Props) {
  const views = useMemo(() => viewsOf(child), [child]);
  const [view, setView] = useState<View>(views[0]);
  const [mapping, setMapping] = useState<Mapping>(() => mappingFor(views[0], child));
  const [options, changeOptions] = usePlotOptions();
  const shape = child.shape ?? [];

  useEffect(() => {
    onSelection(selectionOf(mapping));
    return () => onSelection(undefined);
  }, [mapping, onSelection]);

  // A dataset that shrinks may leave an index behind its end.
  const inside = mapping.length === shape.length && mapping.every((part, i) => typeof part === 'string' || part < Math.max(1, shape[i]));
  const used = inside ? mapping : mappingFor(view, child);

  if (child.shape === null) return <p className="quiet">This dataset has no elements (its dataspace is null).</p>;
  if (shape.includes(0)) return <p className="quiet">This dataset is empty: one of its dimensions is 0.</p>;
  return (
    <div className="dataset">
      {views.length > 1 && (
        <div className="segments" role="group" aria-label="Show as">
          {views.map((one) => (
            <button key={one} type="button" aria-pressed={one === view} onClick={() => {
              setView(one);
              setMapping(mappingFor(one, child));
            }}>
              {LABELS[one]}
            </button>
          ))}
        </div>
      )}
      {view !== 'scalar' && !(view === 'table' && child.class === 'compound' && shape.length === 1) && (
        <Slicer shape={shape} mapping={used} locked={view === 'picture' ? 1 : 0} onChange={setMapping} />
      )}
      {(view === 'line' || view === 'map') && <SlicePlot child={child} mapping={used} options={options} onOptions={changeOptions} />}
      {view === 'picture' && <RgbPlot child={child} mapping={used} />}
      {view === 'table' && (
        <CellTable path={child.path} shape={shape} mapping={used} compound={child.class === 'compound'} label={`Values of ${child.name}`} />
      )}
      {view === 'scalar' && <Scalar child={child} />}
    </div>
  );
}

function viewsOf({ class: kind, shape, type }: Child, rank = shape?.length ?? 0): View[] {
  if (rank === 0) return [kind === 'compound' ? 'table' : 'scalar'];
  if (kind !== 'number' && kind !== 'complex') return ['table'];
  if (rank === 1) return ['line', 'table'];
  if (!isPicture(kind, shape)) return ['map', 'line', 'table'];
  return type === 'uint8' ? ['picture', 'map', 'line', 'table'] : ['map', 'picture', 'line', 'table'];
}

function mappingFor(view: View, child: Child): Mapping {
  const shape = child.shape ?? [];
  if (view === 'picture') return initialMapping(shape, 2, 1);
  return initialMapping(shape, view === 'line' || (view === 'table' && child.class === 'compound') ? 1 : 2);
}

function Scalar({ child }: { child: Child }) {
  const { value, error } = useQuery(`scalar ${child.path}`, (client) => client.cells(child.path));
  if (error) return <Fault error={error} />;
  if (!value) return <Waiting />;
  const text = value.cells.map((row) => row.join('\t')).join('\n');
  return <pre className={`scalar${text.length > 60 ? ' scalar-long' : ''}`} data-scalar>{text}</pre>;
}

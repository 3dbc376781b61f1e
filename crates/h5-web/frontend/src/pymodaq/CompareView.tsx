// Several nodes, drawn together.

import { useMemo, useState } from 'react';
import { usePlotOptions } from '../plot/options';
import { Toggle } from '../plot/PlotBar';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { drawnOf } from './models';
import { Panel } from './Panel';

interface Props {
  paths: readonly string[];
  onOpen: (path: string) => void;
  onClose: () => void;
}

/** Nodes that one answer may have. */
export const MOST = 16;

export default function CompareView({ paths, onOpen, onClose }: Props) {
  const [options, changeOptions] = usePlotOptions();
  const [background, setBackground] = useState(false);
  const asked = paths.slice(0, MOST);
  const { value, error, loading } = useQuery(`compare ${asked.join('\n')} ${background}`, (client) =>
    client.dataPlot(asked, { pane: 'whole', bkg: background || undefined }));
  const drawn = useMemo(() => value && drawnOf(value, '', options.part, true), [value, options.part]);
  return (
    <main className="object" id="object" tabIndex={-1}>
      <header className="object-head">
        <h1 className="object-title">{`${paths.length} nodes together`}</h1>
        <div className="object-actions">
          <Toggle label="Subtract background" on={background} onChange={setBackground} />
          <button type="button" className="button" onClick={onClose}>Close</button>
        </div>
      </header>
      <ul className="compared">
        {paths.map((path) => <li key={path}><button type="button" className="link" onClick={() => onOpen(path)}>{path}</button></li>)}
      </ul>
      {paths.length > MOST && <p className="quiet">{`The first ${MOST} are drawn.`}</p>}
      {error && <Fault error={error} />}
      {!error && !drawn && <Waiting />}
      {!error && drawn && <Panel heading="Together" drawn={drawn} options={options} onOptions={changeOptions} busy={loading} name="together" />}
    </main>
  );
}

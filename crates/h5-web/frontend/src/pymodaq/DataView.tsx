// A DataWithAxes: its signal, and where it was scanned, the map to choose a point of.

import { useMemo, useState } from 'react';
import type { Data } from '../api/pymodaq';
import { usePlotOptions } from '../plot/options';
import { Toggle } from '../plot/PlotBar';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { drawnOf } from './models';
import { Navigation } from './Navigation';
import { Panel } from './Panel';

interface Props {
  data: Data;
  /** All channels at first: a group was chosen, not one of its arrays. */
  whole: boolean;
  onOpen: (path: string) => void;
}

export default function DataView({ data, whole, onOpen }: Props) {
  const [options, changeOptions] = usePlotOptions();
  const [background, setBackground] = useState(false);
  const [all, setAll] = useState(whole);
  const spread = data.distribution === 'spread';
  const navigated = data.nav_indexes.length;
  const [at, setAt] = useState<number[]>(() => (navigated === 0 ? [] : spread ? [0] : data.nav_indexes.map(() => 0)));
  const shared = { all: all || undefined, bkg: background || undefined };
  const query = { ...shared, pane: 'signal', at: navigated > 0 ? at.join(',') : undefined };
  const { value, error, loading } = useQuery(`signal ${data.path} ${JSON.stringify(query)}`, (client) => client.dataPlot([data.path], query));
  const title = navigated > 0 ? '' : data.name;
  const drawn = useMemo(() => value && drawnOf(value, title, options.part), [value, title, options.part]);
  const hasBackground = data.channels.some((channel) => channel.background);

  return (
    <div className={`data${navigated > 0 ? ' data-scan' : ''}`}>
      <div className="data-bar">
        {data.channels.length > 1 && <Toggle label={`All ${data.channels.length} channels`} on={all} onChange={setAll} />}
        {hasBackground && <Toggle label="Subtract background" on={background} onChange={setBackground} />}
        {hasBackground && value && <span className="quiet">{background ? 'background subtracted' : 'background not subtracted'}</span>}
        {data.channels.length > 1 && (
          <span className="channels">
            {data.channels.map(({ path, label }) => (
              <button key={path} type="button" className="link" aria-current={path === data.path} onClick={() => onOpen(path)}>{label}</button>
            ))}
          </span>
        )}
      </div>
      <div className="panes">
        {navigated > 0 && (
          <Navigation data={data} shared={shared} at={at} onAt={setAt} options={options} onOptions={changeOptions} />
        )}
        {error && <Fault error={error} />}
        {!error && !drawn && <Waiting />}
        {!error && drawn && (
          <Panel heading="Signal" drawn={drawn} options={options} onOptions={changeOptions} busy={loading} name={data.name || 'signal'} />
        )}
      </div>
    </div>
  );
}

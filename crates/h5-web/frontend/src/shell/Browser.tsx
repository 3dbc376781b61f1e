// An open file: the tree on the left, the chosen object on the right.

import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import type { Client } from '../api/client';
import type { FileInfo } from '../api/types';
import { ObjectPage } from '../object/ObjectPage';
import { rootChild } from '../object/useObject';
import { Answers, SourceContext, type Source } from '../store';
import { Tree } from '../tree/Tree';
import { TreeModel } from '../tree/model';
import { Header } from './Header';
import { Search } from './Search';
import { Splitter } from './Splitter';
import { Fault, Waiting } from './States';
import { useLive } from './useLive';
import { useShortcuts } from './useShortcuts';
import { Icon } from './Icon';

const CompareView = lazy(() => import('../pymodaq/CompareView'));
const Help = lazy(() => import('./Help'));

interface Props {
  client: Client;
  path: string;
  live: boolean;
  onPath: (path: string) => void;
  onClose?: () => void;
}

export function Browser({ client, path, live, onPath, onClose }: Props) {
  const [answers] = useState(() => new Answers());
  const [info, setInfo] = useState<FileInfo | null>(null);
  const [error, setError] = useState<unknown>(null);
  const state = useLive(client, live);
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [together, setTogether] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const [searching, setSearching] = useState(false);
  const [help, setHelp] = useState(false);
  const model = useMemo(() => new TreeModel(client, rootChild(client.file)), [client.file, client.transport]); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    client.info().then(setInfo, setError);
  }, [client.file, client.transport, state.version]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => {
    if (state.version !== '') void model.refresh();
  }, [model, state.version]);
  useEffect(() => {
    // What draws is fetched while the person looks at the tree.
    const timer = setTimeout(() => void import('../object/DatasetView'), 300);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const name = client.file.replace(/^.*\//, '') || 'h5';
    document.title = path === '/' ? name : `${path} \u00b7 ${name}`;
  }, [client.file, path]);

  const open = useCallback((to: string) => {
    setTogether(false);
    setDrawer(false);
    onPath(to);
  }, [onPath]);
  const mark = useCallback((one: string) => {
    setMarked((old) => (old.includes(one) ? old.filter((other) => other !== one) : [...old, one]));
  }, []);
  useShortcuts({ onSearch: () => setSearching(true), onHelp: () => setHelp(true), onReload: state.reload, path, onPath: open });

  const source = useMemo<Source>(
    () => ({ client, answers, version: state.version, write: info?.write ?? false }),
    [client, answers, state.version, info?.write],
  );

  if (error) return <main className="alone"><Fault error={error} />{onClose && <button type="button" className="button" onClick={onClose}>Another file</button>}</main>;
  return (
    <SourceContext.Provider value={source}>
      <div className={`browser${drawer ? ' has-drawer' : ''}`}>
        <Header info={info} live={state} onMenu={() => setDrawer(!drawer)} onSearch={() => setSearching(true)} onHelp={() => setHelp(true)} onClose={onClose} />
        <nav className="side" aria-label="Objects">
          {searching && <Search onClose={() => setSearching(false)} onOpen={open} />}
          <div className="side-bar">
            <button type="button" title="Open all below what is selected (*)" onClick={() => void model.openBelow(path)}><Icon name="expand" />Open below</button>
            <button type="button" title="Close the whole tree" onClick={() => model.closeAll()}><Icon name="collapse" />Close all</button>
          </div>
          <Tree model={model} selected={path} marked={marked} onSelect={open} onMark={mark} />
          {marked.length > 0 && (
            <div className="tray" role="group" aria-label="Marked nodes">
              <span>{`${marked.length} marked`}</span>
              <button type="button" className="button button-main" onClick={() => {
                setTogether(true);
                setDrawer(false);
              }}>Plot together</button>
              <button type="button" className="button" onClick={() => {
                setMarked([]);
                setTogether(false);
              }}>Clear</button>
            </div>
          )}
        </nav>
        <Splitter />
        {together && marked.length > 0 ? (
          <Suspense fallback={<Waiting />}>
            <CompareView paths={marked} onOpen={open} onClose={() => setTogether(false)} />
          </Suspense>
        ) : (
          <ObjectPage key={path} path={path} onOpen={open} />
        )}
        {help && <Suspense fallback={null}><Help onClose={() => setHelp(false)} /></Suspense>}
      </div>
    </SourceContext.Provider>
  );
}

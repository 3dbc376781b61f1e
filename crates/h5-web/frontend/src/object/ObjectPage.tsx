// The page of one object: what it is, what can be done with it, and its views.

import { lazy, Suspense, useState } from 'react';
import type { Child } from '../api/types';
import type { Data, Node } from '../api/pymodaq';
import { Boundary } from '../shell/Boundary';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { split } from '../tree/model';
import { Attributes } from './Attributes';
import { Breadcrumbs } from './Breadcrumbs';
import { CopyMenu, ExportMenu } from './Menus';
import { Facts } from './Facts';
import { StorageView } from './StorageView';
import { GroupView } from './GroupView';
import { Tabs } from './Tabs';
import { useObject } from './useObject';

const DatasetView = lazy(() => import('./DatasetView'));
const DataView = lazy(() => import('../pymodaq/DataView'));
const SettingsView = lazy(() => import('../pymodaq/SettingsView'));
const LogView = lazy(() => import('../pymodaq/LogView'));
const Pixmaps = lazy(() => import('../pymodaq/Pixmaps'));
const Comments = lazy(() => import('../pymodaq/Comments'));

interface Props {
  path: string;
  onOpen: (path: string) => void;
}

export function ObjectPage({ path, onOpen }: Props) {
  const { value: child, error } = useObject(path);
  const node = useQuery(child && child.kind !== 'unresolved' ? `node ${path}` : null, (client) => client.node(path));

  return (
    <main className="object" id="object" tabIndex={-1}>
      <Breadcrumbs path={path} onOpen={onOpen} />
      {error && <Fault error={error} />}
      {!error && !child && <Waiting />}
      {child && (child.error || child.kind === 'unresolved') && <Broken child={child} />}
      {child && !child.error && child.kind !== 'unresolved' && (
        <Whole key={path} child={child} node={node.value} nodeKnown={node.value !== undefined || node.error !== undefined} onOpen={onOpen} />
      )}
    </main>
  );
}

function Broken({ child }: { child: Child }) {
  const leads = child.target ? `The link ${child.name} leads to ${child.target}. ` : '';
  const message = child.error?.message ?? 'nothing is there';
  return (
    <>
      <h1 className="object-title">{child.name}</h1>
      <Fault kind={child.error?.kind ?? 'not_found'} error={new Error(`${leads}${message}`)} />
    </>
  );
}

interface WholeProps {
  child: Child;
  node: Node | undefined;
  nodeKnown: boolean;
  onOpen: (path: string) => void;
}

function Whole({ child, node, nodeKnown, onOpen }: WholeProps) {
  const data = useData(child, node);
  const views = viewsOf(child, node, data);
  const [chosen, choose] = useState<string | null>(null);
  const view = views.some(({ id }) => id === chosen) ? (chosen ?? '') : views[0].id;
  const [selection, setSelection] = useState<string | undefined>();
  // Until PyMoDAQ's side of the object is known, a view that may be replaced at once is not begun.
  const ready = nodeKnown || chosen !== null || child.kind === 'group';

  return (
    <>
      <header className="object-head">
        <div>
          <h1 className="object-title">
            {node?.title || child.title || child.name}
            {(node?.title || child.title) && child.path !== '/' && <span className="object-name">{child.name}</span>}
          </h1>
          <Facts child={child} node={node} />
        </div>
        <div className="object-actions">
          <CopyMenu path={child.path} selection={selection} dataset={child.kind === 'dataset'} />
          <ExportMenu child={child} selection={selection} strings={node?.log ?? false} />
        </div>
      </header>
      <Tabs tabs={views} chosen={view} onChoose={choose} />
      <div className="object-view" role="tabpanel" id={`panel-${view}`} aria-labelledby={`tab-${view}`}>
        <Boundary key={view}>
          <Suspense fallback={<Waiting />}>
            {view === 'attributes' && <Attributes path={child.path} />}
            {view === 'storage' && <StorageView path={child.path} />}
            {view === 'children' && <GroupView path={child.path} onOpen={onOpen} />}
            {view === 'settings' && node && <SettingsView node={node} />}
            {view === 'log' && <LogView path={child.path} />}
            {view === 'pixmaps' && node && <Pixmaps path={child.path} count={node.pixmaps} />}
            {view === 'comments' && <Comments path={child.path} comments={node?.comments ?? ''} />}
            {view === 'plot' && data && <DataView data={data} whole={child.kind === 'group'} onOpen={onOpen} />}
            {view === 'data' && (ready ? <DatasetView child={child} onSelection={setSelection} /> : <Waiting />)}
          </Suspense>
        </Boundary>
      </div>
    </>
  );
}

/** Data of the object; of a group, those of its first array. */
function useData(child: Child, node: Node | undefined): Data | null {
  const first = child.kind === 'group' && !node?.data ? node?.nearby[0] : undefined;
  const near = first !== undefined && split(first).parent === child.path ? first : null;
  const { value } = useQuery(near === null ? null : `node ${near}`, (client) => client.node(near ?? ''));
  return node?.data ?? value?.data ?? null;
}

function viewsOf(child: Child, node: Node | undefined, data: Data | null): { id: string; label: string }[] {
  const views: { id: string; label: string }[] = [];
  if (node?.log) views.push({ id: 'log', label: 'Log' });
  if (data) views.push({ id: 'plot', label: 'Plot' });
  if (child.kind === 'dataset') views.push({ id: 'data', label: data || node?.log ? 'Array' : 'Data' });
  if (node?.settings.length || node?.scan_settings) views.push({ id: 'settings', label: 'Settings' });
  if (node && node.pixmaps > 0) views.push({ id: 'pixmaps', label: 'Previews' });
  if (child.kind === 'group') views.push({ id: 'children', label: 'Contents' });
  views.push({ id: 'attributes', label: 'Attributes' }, { id: 'storage', label: 'Storage' });
  if (node && (node.kind !== 'other' || node.comments)) views.push({ id: 'comments', label: 'Comments' });
  return views;
}

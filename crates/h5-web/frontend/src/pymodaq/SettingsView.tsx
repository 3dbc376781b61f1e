// Settings of modules and of the scan, as trees.

import { useMemo, useState } from 'react';
import type { Node, Tree } from '../api/pymodaq';

export default function SettingsView({ node }: { node: Node }) {
  const [wanted, setWanted] = useState('');
  const trees = useMemo(() => {
    const all = node.scan_settings ? [...node.settings, node.scan_settings] : node.settings;
    const text = wanted.trim().toLowerCase();
    return text ? all.map((tree) => kept(tree, text)).filter((tree) => tree !== null) : all;
  }, [node, wanted]);
  return (
    <div className="sheet settings">
      <label className="find">
        <span className="visually-hidden">Find a setting</span>
        <input type="search" placeholder="Find a setting" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      </label>
      {trees.map((tree, i) => <Branch key={`${tree.name} ${i}`} tree={tree} open={i === 0 || wanted !== ''} top />)}
      {trees.length === 0 && <p className="quiet">No such setting.</p>}
    </div>
  );
}

function Branch({ tree, open, top = false }: { tree: Tree; open: boolean; top?: boolean }) {
  if (tree.children.length === 0) {
    return (
      <div className="setting" data-setting={tree.name}>
        <span className="setting-name" title={tree.name}>{tree.title || tree.name}</span>
        <span className="setting-value">{tree.type?.startsWith('bool') ? <Mark on={tree.text === '1' || tree.value === true} /> : tree.text}{tree.units && ` ${tree.units}`}</span>
      </div>
    );
  }
  return (
    <details className={top ? 'branch branch-top' : 'branch'} open={open}>
      <summary title={tree.name}>{tree.title || tree.name}</summary>
      {tree.text && <div className="setting"><span className="setting-name">value</span><span className="setting-value">{tree.text}</span></div>}
      {tree.children.map((child, i) => <Branch key={`${child.name} ${i}`} tree={child} open />)}
    </details>
  );
}

function Mark({ on }: { on: boolean }) {
  return <span className={on ? 'mark mark-on' : 'mark'}>{on ? 'yes' : 'no'}</span>;
}

/** The part of a tree whose names, titles or values contain `text`. */
function kept(tree: Tree, text: string): Tree | null {
  if ([tree.name, tree.title ?? '', tree.text].some((one) => one.toLowerCase().includes(text))) return tree;
  const children = tree.children.map((child) => kept(child, text)).filter((child) => child !== null);
  return children.length > 0 ? { ...tree, children } : null;
}

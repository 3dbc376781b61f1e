// Keys that work everywhere on the page.

import { useEffect } from 'react';
import { split } from '../tree/model';

interface Options {
  path: string;
  onSearch: () => void;
  onHelp: () => void;
  onReload: () => void;
  onPath: (path: string) => void;
}

export const SHORTCUTS: [keys: string, what: string][] = [
  ['/', 'search'],
  ['t', 'go to the tree'],
  ['o', 'go to the object'],
  ['u', 'up to the group above'],
  ['r', 'read the file anew'],
  ['?', 'this help'],
  ['Arrows', 'in the tree: move, open, close; on a plot: move the cursor; on tabs: change the view'],
  ['Enter', 'in the tree: show the object'],
  ['Space', 'in the tree: mark the object, to plot several together'],
  ['*', 'in the tree: open all below'],
  ['letters', 'in the tree: go to the next name that begins so'],
  ['Home, End, Page', 'in trees and plots: further steps'],
  ['Esc', 'close what is open'],
];

export function useShortcuts({ path, onSearch, onHelp, onReload, onPath }: Options) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target } = event;
      const writing = target instanceof HTMLElement && (target.matches('input:not([type=range]), textarea, select') || target.isContentEditable);
      if (writing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const actions: Record<string, () => void> = {
        '/': onSearch,
        '?': onHelp,
        r: onReload,
        t: () => document.querySelector<HTMLElement>('.tree')?.focus(),
        o: () => document.getElementById('object')?.focus(),
        u: () => onPath(split(path).parent),
      };
      if (!(event.key in actions)) return;
      event.preventDefault();
      actions[event.key]();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [path, onSearch, onHelp, onReload, onPath]);
}

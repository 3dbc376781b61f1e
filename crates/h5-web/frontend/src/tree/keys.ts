// The tree by keyboard, as the ARIA practices describe a tree view.

import { useRef, type KeyboardEvent } from 'react';
import { split, type TreeModel } from './model';

interface Options {
  model: TreeModel;
  active: number;
  /** Rows of a page. */
  page: number;
  move: (index: number) => void;
  onSelect: (path: string) => void;
  onMark: (path: string) => void;
}

export function useTreeKeys({ model, active, page, move, onSelect, onMark }: Options) {
  const typed = useRef({ text: '', at: 0 });

  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = model.rowAt(active);
    const child = row?.kind === 'child' ? row.child : null;
    const folder = child?.kind === 'group' && active !== 0;
    const open = row?.kind === 'child' && row.open;
    const steps: Record<string, number> = {
      ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: model.length - 1, PageDown: active + page, PageUp: active - page,
    };
    if (event.key in steps) move(steps[event.key]);
    else if (event.key === 'ArrowRight' && child?.kind === 'group') {
      if (open) move(active + 1);
      else model.open(child.path);
    } else if (event.key === 'ArrowLeft' && child) {
      if (folder && open) model.close(child.path);
      else move(model.indexOf(split(child.path).parent) ?? active);
    } else if (event.key === 'Enter' && child) onSelect(child.path);
    else if (event.key === ' ' && child) onMark(child.path);
    else if (event.key === '*' && child) void model.openBelow(child.path);
    else if (/^[\p{L}\p{N}_]$/u.test(event.key)) typeAhead(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Letters that follow quickly are the beginning of a name; the next row with it becomes active. */
  function typeAhead(letter: string) {
    const now = Date.now();
    const text = (now - typed.current.at < 800 ? typed.current.text : '') + letter.toLowerCase();
    typed.current = { text, at: now };
    const from = text.length > 1 ? active : active + 1;
    for (let i = 0; i < Math.min(model.length, 2000); i += 1) {
      const index = (from + i) % model.length;
      const row = model.rowAt(index);
      if (row?.kind === 'child' && row.child.name.toLowerCase().startsWith(text)) {
        move(index);
        return;
      }
    }
  }
}

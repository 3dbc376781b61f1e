// The tree of the file: only the rows on the screen exist, whatever the size of a group.

import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { TreeRow } from './TreeRow';
import type { Row, TreeModel } from './model';
import { useTreeKeys } from './keys';

/** Pixels that browsers scroll without trouble; longer trees scroll in larger steps. */
const TALLEST = 12_000_000;

interface Props {
  model: TreeModel;
  selected: string;
  marked: readonly string[];
  onSelect: (path: string) => void;
  onMark: (path: string) => void;
}

export function Tree({ model, selected, marked, onSelect, onMark }: Props) {
  useSyncExternalStore(model.subscribe, model.snapshot);
  const view = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  const [height, setHeight] = useState(600);
  const [active, setActive] = useState(0);
  const row = useRowHeight();

  useLayoutEffect(() => {
    const element = view.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const length = model.length;
  const full = length * row;
  const tall = Math.min(full, TALLEST);
  const ratio = tall > height ? (full - height) / (tall - height) : 1;
  const top = Math.min(scroll * ratio, Math.max(0, full - height));
  const first = Math.max(0, Math.floor(top / row) - 4);
  const last = Math.min(length, Math.ceil((top + height) / row) + 4);

  const rows: { index: number; row: Row }[] = [];
  for (let index = first; index < last; index += 1) {
    const found = model.rowAt(index);
    if (found) rows.push({ index, row: found });
  }

  useEffect(() => {
    for (const { row } of rows) if (row.kind === 'waiting') model.want(row.key, row.position);
  });

  const show = (index: number) => {
    const element = view.current;
    if (!element) return;
    const [from, to] = [index * row, (index + 1) * row];
    if (from < top) element.scrollTop = from / ratio;
    else if (to > top + height) element.scrollTop = (to - height) / ratio;
  };

  // The selected object is shown: found, opened down to, scrolled to.
  useEffect(() => {
    let current = true;
    void model.reveal(selected).then((index) => {
      if (!current || index === null) return;
      setActive(index);
      show(index);
    });
    return () => {
      current = false;
    };
    // `show` depends on the scroll position, which must not lead back to the selection.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected, model]);

  const move = (index: number) => {
    const to = Math.max(0, Math.min(length - 1, index));
    setActive(to);
    show(to);
  };
  const onKeyDown = useTreeKeys({ model, active, page: Math.max(1, Math.floor(height / row) - 1), move, onSelect, onMark });

  return (
    <div
      ref={view}
      className="tree"
      role="tree"
      aria-label="Objects in the file"
      aria-multiselectable="true"
      aria-activedescendant={`row-${active}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
    >
      <div className="tree-space" role="none" style={{ height: tall }}>
        {rows.map(({ index, row: found }) => (
          <TreeRow
            key={index}
            index={index}
            row={found}
            top={index * row - top + scroll}
            height={row}
            active={index === active}
            selected={found.kind === 'child' && found.child.path === selected}
            marked={found.kind === 'child' && marked.includes(found.child.path)}
            onClick={(event) => {
              setActive(index);
              if (found.kind !== 'child') return;
              if (event.ctrlKey || event.metaKey) onMark(found.child.path);
              else onSelect(found.child.path);
            }}
            onToggle={() => {
              if (found.kind !== 'child') return;
              if (found.open) model.close(found.child.path);
              else model.open(found.child.path);
            }}
            onMark={() => found.kind === 'child' && onMark(found.child.path)}
          />
        ))}
      </div>
    </div>
  );
}

/** Taller rows for fingers. */
function useRowHeight(): number {
  const [coarse, setCoarse] = useState(() => matchMedia('(pointer: coarse)').matches);
  useEffect(() => {
    const query = matchMedia('(pointer: coarse)');
    const change = () => setCoarse(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return coarse ? 40 : 28;
}

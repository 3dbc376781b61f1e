// Values as text, exact, in a table of any size: blocks of cells are asked for as they scroll into sight.

import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { blockOf, type Mapping } from '../plot/mapping';
import { useSource } from '../store';
import { errorText } from '../text';

const ROW = 26;
const COLUMN = 130;
const HEAD = 76;
const BLOCK_ROWS = 100;
const BLOCK_COLUMNS = 40;
/** Pixels that browsers scroll without trouble. */
const TALLEST = 12_000_000;

interface Props {
  path: string;
  shape: readonly number[];
  mapping: Mapping;
  compound: boolean;
  label: string;
}

interface Blocks {
  cells: Map<string, string[][]>;
  columns: string[] | null;
  error: string | null;
}

export function CellTable({ path, shape, mapping, compound, label }: Props) {
  const { client, version } = useSource();
  const view = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ top: 0, left: 0, width: 800, height: 400 });
  const [blocks, setBlocks] = useState<Blocks>({ cells: new Map(), columns: null, error: null });
  const [detail, setDetail] = useState<{ row: number; column: string; text: string } | null>(null);
  const key = `${path} ${mapping.join()} ${version}`;
  const rows = dimension(shape, mapping, compound ? 'x' : mapping.includes('y') ? 'y' : 'x');
  const columns = compound ? (blocks.columns?.length ?? 1) : mapping.includes('y') ? dimension(shape, mapping, 'x') : 1;
  const asked = useRef({ key: '', blocks: new Set<string>() });

  const full = rows * ROW;
  const tall = Math.min(full, TALLEST);
  const ratio = tall > box.height ? (full - box.height) / (tall - box.height) : 1;
  const top = Math.min(box.top * ratio, Math.max(0, full - box.height + ROW));
  const firstRow = Math.max(0, Math.floor(top / ROW) - 3);
  const lastRow = Math.min(rows, Math.ceil((top + box.height) / ROW) + 3);
  const firstColumn = Math.max(0, Math.floor(box.left / COLUMN) - 1);
  const lastColumn = Math.min(columns, Math.ceil((box.left + box.width) / COLUMN) + 1);

  useLayoutEffect(() => {
    const element = view.current;
    if (!element) return;
    const measure = () => setBox({
      top: element.scrollTop, left: element.scrollLeft, width: element.clientWidth, height: element.clientHeight,
    });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  useEffect(() => {
    if (asked.current.key !== key) {
      asked.current = { key, blocks: new Set() };
      setBlocks((old) => ({ cells: new Map(), columns: old.columns, error: null }));
    }
    for (let r = Math.floor(firstRow / BLOCK_ROWS); r * BLOCK_ROWS < Math.max(1, lastRow); r += 1) {
      for (let c = compound ? 0 : Math.floor(firstColumn / BLOCK_COLUMNS); c * BLOCK_COLUMNS < (compound ? 1 : Math.max(1, lastColumn)); c += 1) {
        const name = `${r},${c}`;
        if (asked.current.blocks.has(name) || rows === 0) continue;
        asked.current.blocks.add(name);
        const to: [number, number] = [r * BLOCK_ROWS, Math.min(rows, (r + 1) * BLOCK_ROWS)];
        const across: [number, number] = compound || columns === 1 ? to : [c * BLOCK_COLUMNS, Math.min(columns, (c + 1) * BLOCK_COLUMNS)];
        const single = compound || !mapping.includes('y');
        const selection = shape.length === 0 ? undefined : single ? blockOf(mapping, to, to) : blockOf(mapping, to, across);
        client.cells(path, selection).then(
          ({ cells, columns: names }) => {
            if (asked.current.key !== key) return;
            setBlocks((old) => ({ cells: new Map(old.cells).set(name, cells), columns: names, error: null }));
          },
          (error: unknown) => {
            if (asked.current.key === key) setBlocks((old) => ({ ...old, error: errorText(error) }));
          },
        );
      }
    }
  }, [key, firstRow, lastRow, firstColumn, lastColumn, rows, columns, compound, client, mapping, path, shape.length]);

  const cell = (row: number, column: number): string | null => {
    const block = blocks.cells.get(`${Math.floor(row / BLOCK_ROWS)},${compound ? 0 : Math.floor(column / BLOCK_COLUMNS)}`);
    const found = block?.[row % BLOCK_ROWS]?.[compound ? column : column % BLOCK_COLUMNS];
    return found ?? null;
  };
  const head = (column: number) => blocks.columns?.[column] ?? (mapping.includes('y') ? String(column) : 'value');
  const across = range(firstColumn, lastColumn);

  if (blocks.error !== null) return <p className="fault" role="alert">{blocks.error}</p>;
  return (
    <div className="cells">
      <div className="cells-view" ref={view} tabIndex={0} role="table" aria-label={label} aria-rowcount={rows + 1} aria-colcount={columns + 1}>
        <div className="cells-space" role="rowgroup" style={{ height: tall + ROW, width: HEAD + columns * COLUMN }}>
          <div className="cells-row cells-head" role="row" aria-rowindex={1} style={{ height: ROW }}>
            <span role="columnheader" className="cells-index" style={{ width: HEAD }} aria-colindex={1}>index</span>
            {across.map((column) => (
              <span key={column} role="columnheader" aria-colindex={column + 2} style={{ width: COLUMN, left: HEAD + column * COLUMN }}>
                {head(column)}
              </span>
            ))}
          </div>
          {range(firstRow, lastRow).map((row) => (
            <div key={row} className="cells-row" role="row" aria-rowindex={row + 2}
              style={{ height: ROW, transform: `translateY(${ROW + row * ROW - top + box.top}px)` }}>
              <span role="rowheader" className="cells-index" style={{ width: HEAD }} aria-colindex={1}>{row}</span>
              {across.map((column) => {
                const text = cell(row, column);
                return (
                  <span key={column} role="cell" aria-colindex={column + 2} data-cell={`${row},${column}`}
                    className={text === null ? 'cells-wait' : undefined} style={{ width: COLUMN, left: HEAD + column * COLUMN }}
                    title={text ?? undefined}
                    onClick={() => text !== null && setDetail({ row, column: head(column), text })}>
                    {text ?? ''}
                  </span>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      {detail && (
        <div className="cells-detail">
          <span>{`row ${detail.row}, ${detail.column}`}</span>
          <code>{detail.text}</code>
          <button type="button" onClick={() => setDetail(null)}>Close</button>
        </div>
      )}
    </div>
  );
}

function dimension(shape: readonly number[], mapping: Mapping, axis: 'x' | 'y'): number {
  const index = mapping.indexOf(axis);
  return index < 0 ? 1 : shape[index];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

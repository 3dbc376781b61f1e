// Search over names, titles and attributes of the whole file; finds come as they are found.

import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Find } from '../api/types';
import { useSource } from '../store';
import { errorText } from '../text';
import { Icon } from './Icon';

interface Props {
  onOpen: (path: string) => void;
  onClose: () => void;
}

/** Finds that are listed before the search waits to be asked for more. */
const ENOUGH = 200;

interface State {
  items: Find[];
  visited: number;
  cursor: string | null;
  busy: boolean;
  fault: string;
}

const NOTHING: State = { items: [], visited: 0, cursor: null, busy: false, fault: '' };

export function Search({ onOpen, onClose }: Props) {
  const { client } = useSource();
  const [text, setText] = useState('');
  const [state, setState] = useState<State>(NOTHING);
  const [at, setAt] = useState(-1);
  const [more, setMore] = useState(1);
  const input = useRef<HTMLInputElement>(null);
  const cursor = useRef<string | null>(null);

  useEffect(() => input.current?.focus(), []);

  useEffect(() => {
    const wanted = text.trim();
    if (wanted === '') {
      setState(NOTHING);
      return;
    }
    let stopped = false;
    const timer = setTimeout(() => void run(), more === 1 ? 200 : 0);
    async function run() {
      let [items, visited]: [Find[], number] = more === 1 ? [[], 0] : [state.items, state.visited];
      if (more === 1) cursor.current = null;
      setState((old) => ({ ...old, busy: true, fault: '' }));
      try {
        do {
          const answer = await client.search(wanted, '/', cursor.current ?? undefined);
          if (stopped) return;
          cursor.current = answer.cursor;
          items = [...items, ...answer.items];
          visited += answer.visited;
          setState({ items, visited, cursor: answer.cursor, busy: answer.cursor !== null, fault: '' });
        } while (cursor.current !== null && items.length < ENOUGH * more);
        setState((old) => ({ ...old, busy: false }));
      } catch (error) {
        if (!stopped) setState((old) => ({ ...old, busy: false, fault: errorText(error) }));
      }
    }
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, more, client]);

  const choose = (find: Find) => onOpen(find.path);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      onClose();
      document.querySelector<HTMLElement>('.tree')?.focus();
    } else if (event.key === 'ArrowDown') setAt(Math.min(state.items.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(-1, at - 1));
    else if (event.key === 'Enter' && state.items.length > 0) choose(state.items[Math.max(0, at)]);
    else return;
    event.preventDefault();
  };

  const { items, visited, busy, fault } = state;
  return (
    <div className="search" role="search" onKeyDown={onKeyDown}>
      <div className="search-line">
        <Icon name="search" />
        <input ref={input} type="search" value={text} placeholder="Names, titles, attributes" aria-label="Search" role="combobox"
          aria-expanded={items.length > 0} aria-controls="finds" aria-activedescendant={at >= 0 ? `find-${at}` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setMore(1);
            setAt(-1);
          }} />
        <button type="button" className="icon-button" aria-label="Close the search" onClick={onClose}><Icon name="close" /></button>
      </div>
      <p className="search-state" role="status">
        {fault || (text.trim() === '' ? '' : `${items.length}${state.cursor === null ? '' : '+'} found in ${visited.toLocaleString('en')} objects${busy ? '\u2026' : ''}`)}
      </p>
      <ul className="finds" id="finds" role="listbox" aria-label="Finds">
        {items.map((find, i) => (
          <li key={i} id={`find-${i}`} role="option" aria-selected={i === at} data-find={find.path} onClick={() => choose(find)}>
            <span className="find-path">{find.path}</span>
            {find.where !== 'name' && <span className="find-where">{find.attribute ? `${find.attribute}: ` : ''}{find.excerpt}</span>}
          </li>
        ))}
      </ul>
      {!busy && state.cursor !== null && items.length > 0 && (
        <button type="button" className="button" onClick={() => setMore(more + 1)}>Search on</button>
      )}
    </div>
  );
}

// A logger: its lines.

import { useState } from 'react';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';

const PAGE = 500;

export default function LogView({ path }: { path: string }) {
  const [lines, setLines] = useState(PAGE);
  const { value, error } = useQuery(`log ${path} ${lines}`, (client) => client.log(path, 0, lines));
  if (error) return <Fault error={error} />;
  if (!value) return <Waiting />;
  if (value.total === 0) return <p className="quiet">Nothing has been logged.</p>;
  return (
    <div className="sheet">
      <ol className="log" tabIndex={0} aria-label="Lines of the log">{value.items.map((line, i) => <li key={i}>{line}</li>)}</ol>
      {value.items.length < value.total && (
        <button type="button" className="button" onClick={() => setLines(lines + PAGE)}>
          {`Show more: ${value.items.length.toLocaleString('en')} of ${value.total.toLocaleString('en')}`}
        </button>
      )}
    </div>
  );
}

// What a group holds: the first of its children as a list.

import type { Child } from '../api/types';
import { Icon } from '../shell/Icon';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { shapeText } from '../text';
import { iconOf } from '../tree/TreeRow';

/** Children that are listed; the tree has all. */
const MOST = 100;

export function GroupView({ path, onOpen }: { path: string; onOpen: (path: string) => void }) {
  const { value, error } = useQuery(`contents ${path}`, (client) => client.children(path, 0, MOST));
  if (error) return <Fault error={error} />;
  if (!value) return <Waiting />;
  if (value.total === 0) return <p className="quiet">This group is empty.</p>;
  return (
    <div className="sheet">
      <table className="table contents">
        <caption className="visually-hidden">Contents</caption>
        <thead><tr><th scope="col">Name</th><th scope="col">Title</th><th scope="col">Type</th><th scope="col">Shape</th></tr></thead>
        <tbody>
          {value.items.map((child) => (
            <tr key={child.name} className={child.error ? 'row-error' : undefined}>
              <th scope="row">
                <Icon name={iconOf(child)} />
                <button type="button" className="link" onClick={() => onOpen(child.path)}>{child.name}</button>
              </th>
              <td>{child.title}</td>
              <td className="type">{child.error ? <span className="fault-inline">{child.error.message}</span> : (child.type ?? child.kind)}</td>
              <td>{sizeOf(child)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {value.total > value.items.length && (
        <p className="quiet">{`${value.items.length} of ${value.total.toLocaleString('en')}; the tree has all of them.`}</p>
      )}
    </div>
  );
}

function sizeOf(child: Child): string {
  if (child.kind === 'group') return child.children === null ? '' : `${child.children.toLocaleString('en')} children`;
  return child.kind === 'dataset' ? shapeText(child.shape) : '';
}

// The way down to the object.

import { join } from '../tree/model';

export function Breadcrumbs({ path, onOpen }: { path: string; onOpen: (path: string) => void }) {
  const names = path === '/' ? [] : path.slice(1).split('/');
  let at = '/';
  const crumbs = [{ name: '/', path: '/' }, ...names.map((name) => ({ name, path: (at = join(at, name)) }))];
  return (
    <nav className="crumbs" aria-label="Path">
      <ol>
        {crumbs.map((crumb, i) => (
          <li key={crumb.path}>
            {i === crumbs.length - 1 ? (
              <span aria-current="page">{crumb.name}</span>
            ) : (
              <button type="button" onClick={() => onOpen(crumb.path)}>{crumb.name}</button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

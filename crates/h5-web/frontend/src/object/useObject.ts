// What the tree knows of one object.

import type { Child } from '../api/types';
import { useQuery, type Result } from '../store';
import { split } from '../tree/model';

export function rootChild(file: string): Child {
  return {
    name: file || '/', path: '/', link: 'hard', target: null, kind: 'group', title: null, children: null, shape: null, maxshape: null,
    type: null, class: 'group', badge: null, error: null,
  };
}

export function useObject(path: string): Result<Child> {
  return useQuery(`object ${path}`, async (client) => {
    if (path === '/') return rootChild(client.file);
    const { parent, name } = split(path);
    const { items } = await client.childrenAt(parent, name, 1);
    if (items.length === 0) throw new Error(`${path} is not there`);
    return items[0];
  });
}

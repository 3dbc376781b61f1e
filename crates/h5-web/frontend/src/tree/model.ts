// The rows of the tree. A group knows how many children it has and the few that were asked for; a row is found by its number
// from these counts, so that a group of a million children costs what is on the screen.

import type { Client } from '../api/client';
import type { Child } from '../api/types';

/** Children that are asked for at a time. */
const PAGE = 200;

export type Row =
  | { kind: 'child'; key: string; depth: number; child: Child; position: number; total: number; open: boolean }
  | { kind: 'waiting'; key: string; depth: number; position: number; total: number }
  | { kind: 'error'; key: string; depth: number; message: string };

interface Group {
  path: string;
  total: number | null;
  error: string | null;
  children: Map<number, Child>;
  positions: Map<string, number>;
  asked: Set<number>;
  /** Open children: their names, and where they are. */
  open: Map<string, number>;
}

export class TreeModel {
  private groups = new Map<string, Group>();
  private listeners = new Set<() => void>();
  /** Another number after each change, for React. */
  revision = 0;

  constructor(private client: Client, readonly root: Child) {
    this.group('/');
    void this.load('/', 0);
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = () => this.revision;

  /** The root is a row too. */
  get length(): number {
    return 1 + this.rows('/');
  }

  rowAt(index: number): Row | null {
    if (index === 0) {
      return { kind: 'child', key: '/', depth: 0, child: this.root, position: 0, total: 1, open: true };
    }
    return this.find(this.group('/'), index - 1, 1);
  }

  /** The number of the row of `path`, if the groups above it are open and its page is known. */
  indexOf(path: string): number | null {
    if (path === '/') return 0;
    let index = 1;
    let group = this.group('/');
    const names = path.slice(1).split('/');
    for (const [level, name] of names.entries()) {
      const position = group.positions.get(name);
      if (position === undefined) return null;
      for (const [other, at] of group.open) {
        if (at < position) index += this.rows(join(group.path, other));
      }
      index += position;
      if (level === names.length - 1) return index;
      if (!group.open.has(name)) return null;
      group = this.group(join(group.path, name));
      index += 1;
    }
    return null;
  }

  isOpen(path: string): boolean {
    if (path === '/') return true;
    const { parent, name } = split(path);
    return this.groups.get(parent)?.open.has(name) ?? false;
  }

  open(path: string) {
    const { parent, name } = split(path);
    const group = this.group(parent);
    const position = group.positions.get(name);
    if (path === '/' || position === undefined || group.open.has(name)) return;
    group.open.set(name, position);
    if (this.group(path).total === null) void this.load(path, 0);
    this.changed();
  }

  close(path: string) {
    const { parent, name } = split(path);
    if (this.groups.get(parent)?.open.delete(name)) this.changed();
  }

  closeAll() {
    for (const group of this.groups.values()) group.open.clear();
    this.changed();
  }

  /** Opens the groups below `path` as far as `most` rows allow. */
  async openBelow(path: string, most = 2000) {
    const queue = [path];
    let group: string | undefined;
    while ((group = queue.shift()) !== undefined && this.length < most) {
      this.open(group);
      const { children, total } = this.group(group);
      if (children.size === 0 && total !== 0) await this.load(group, 0);
      for (const child of children.values()) {
        if (child.kind === 'group') queue.push(join(group, child.name));
      }
    }
  }

  /** Opens all above `path` and knows its row afterwards. */
  async reveal(path: string): Promise<number | null> {
    if (path === '/') return 0;
    let at = '/';
    for (const name of path.slice(1).split('/')) {
      const group = this.group(at);
      if (!group.positions.has(name)) await this.locate(group, name);
      if (!group.positions.has(name)) return null;
      if (at !== '/') this.open(at);
      at = join(at, name);
    }
    return this.indexOf(path);
  }

  /** Asks for the page that a waiting row is in. */
  want(groupPath: string, position: number) {
    void this.load(groupPath, Math.floor(position / PAGE) * PAGE);
  }

  /** Asks anew for what is known: the file has changed. Open groups stay open. */
  async refresh() {
    for (const group of [...this.groups.values()]) {
      const names = [...group.open.keys()];
      const shown = [...group.asked];
      group.asked.clear();
      try {
        for (const start of shown.slice(-3)) await this.load(group.path, start, true);
        for (const name of names) await this.locate(group, name);
      } catch {
        group.open.clear();
      }
    }
    this.changed();
  }

  private async locate(group: Group, name: string) {
    try {
      const page = await this.client.childrenAt(group.path, name, PAGE);
      this.keep(group, page.start, page.total, page.items);
    } catch {
      group.open.delete(name);
      group.positions.delete(name);
    }
    this.changed();
  }

  private async load(path: string, start: number, anew = false) {
    const group = this.group(path);
    if (group.asked.has(start)) return;
    group.asked.add(start);
    try {
      const page = await this.client.children(path, start, PAGE);
      if (anew && page.total !== group.total) {
        group.children.clear();
        group.positions.clear();
        group.asked = new Set([start]);
      }
      this.keep(group, page.start, page.total, page.items);
      group.error = null;
    } catch (error) {
      group.error = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  private keep(group: Group, start: number, total: number, items: Child[]) {
    group.total = total;
    for (const [i, child] of items.entries()) {
      group.children.set(start + i, child);
      group.positions.set(child.name, start + i);
      if (group.open.has(child.name)) group.open.set(child.name, start + i);
    }
    group.open = new Map([...group.open].sort((a, b) => a[1] - b[1]));
  }

  private group(path: string): Group {
    let group = this.groups.get(path);
    if (!group) {
      group = {
        path, total: null, error: null, children: new Map(), positions: new Map(), asked: new Set(), open: new Map(),
      };
      this.groups.set(path, group);
    }
    return group;
  }

  /** Rows below a group that is open. */
  private rows(path: string): number {
    const group = this.group(path);
    if (group.error !== null || group.total === null) return 1;
    let rows = group.total;
    for (const name of group.open.keys()) rows += this.rows(join(path, name));
    return rows;
  }

  private find(group: Group, index: number, depth: number): Row | null {
    if (group.error !== null) return { kind: 'error', key: `${group.path}!`, depth, message: group.error };
    const total = group.total ?? 1;
    let passed = 0;
    for (const [name, position] of group.open) {
      if (index <= position + passed) break;
      const path = join(group.path, name);
      const rows = this.rows(path);
      if (index <= position + passed + rows) return this.find(this.group(path), index - position - passed - 1, depth + 1);
      passed += rows;
    }
    const position = index - passed;
    if (position >= total) return null;
    const child = group.children.get(position);
    const key = `${group.path}#${position}`;
    if (!child) return { kind: 'waiting', key: group.path, depth, position, total };
    return { kind: 'child', key, depth, child, position, total, open: group.open.has(child.name) };
  }

  private changed() {
    this.revision += 1;
    for (const listener of this.listeners) listener();
  }
}

export function join(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

export function split(path: string): { parent: string; name: string } {
  const cut = path.lastIndexOf('/');
  return { parent: cut <= 0 ? '/' : path.slice(0, cut), name: path.slice(cut + 1) };
}

// Which dimensions are drawn, and where the others are cut.

/** For each dimension: the axis that it is drawn along, or the index that is taken of it. */
export type Mapping = (number | 'x' | 'y')[];

/** The last dimensions drawn, the first of each other taken. */
export function initialMapping(shape: readonly number[], axes: number, locked = 0): Mapping {
  const free = shape.length - locked;
  return shape.map((_, i) => {
    if (i >= free) return 0;
    const fromEnd = free - i;
    if (fromEnd === 1 && axes >= 1) return 'x';
    return fromEnd === 2 && axes >= 2 ? 'y' : 0;
  });
}

/** The selection of a stretch along `x`. */
export function stretchOf(mapping: Mapping, from: number, to: number): string {
  return mapping.map((part) => (part === 'x' ? `${from}:${to}` : part === 'y' ? ':' : part)).join(',');
}

/** numpy's selection; nothing if all is drawn. */
export function selectionOf(mapping: Mapping): string | undefined {
  if (mapping.every((part) => typeof part === 'string')) return undefined;
  return mapping.map((part) => (typeof part === 'string' ? ':' : part)).join(',');
}

/** The selection of a block of a table: rows along `y`, columns along `x`. */
export function blockOf(mapping: Mapping, rows: [number, number], columns: [number, number]): string {
  const part = (one: number | 'x' | 'y') =>
    one === 'y' ? `${rows[0]}:${rows[1]}` : one === 'x' ? `${columns[0]}:${columns[1]}` : String(one);
  return mapping.map(part).join(',');
}

/** `mapping` with dimension `dim` drawn along `axis`; the one that was drawn so is cut where the other was, or takes its place. */
export function assign(mapping: Mapping, dim: number, axis: 'x' | 'y'): Mapping {
  const before = mapping[dim];
  return mapping.map((part, i) => {
    if (i === dim) return axis;
    return part === axis ? (typeof before === 'string' ? before : 0) : part;
  });
}

export function isTransposed(mapping: Mapping): boolean {
  return mapping.includes('y') && mapping.indexOf('x') < mapping.indexOf('y');
}

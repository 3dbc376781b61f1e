// The answers of the responder's routes, as decision 0009 describes them.

export interface Fault {
  kind: string;
  message: string;
}

export interface FileName {
  file: string;
  bytes: number | null;
}

export interface Filter {
  id: number;
  name: string;
  decodes: boolean;
}

export interface Session {
  program: string;
  version: string;
  shape: 'server' | 'static';
  write: boolean;
  folder: boolean;
  files: FileName[];
  limits: { answer_bytes: number; page_items: number; plot_points: number };
  filters: Filter[];
  csrf: string | null;
}

export interface FolderItem {
  name: string;
  file: string;
  kind: 'file' | 'folder';
  bytes: number | null;
  modified_ms: number | null;
  hdf5: boolean;
}

export interface Folder {
  folder: string;
  total: number;
  items: FolderItem[];
}

export interface FileInfo {
  file: string;
  bytes: number | null;
  superblock_version: number | null;
  user_block_bytes: number | null;
  file_space_strategy: string | null;
  warnings: string[];
  origin: { program: string | null; version: string | null; warning: string | null };
  write: boolean;
}

export interface Live {
  live: boolean;
  version: string;
  bytes: number | null;
}

export type ValueClass = 'group' | 'number' | 'complex' | 'text' | 'compound' | 'other';

export interface Child {
  name: string;
  path: string;
  link: 'hard' | 'soft' | 'external' | 'user';
  target: string | null;
  kind: 'group' | 'dataset' | 'datatype' | 'unresolved';
  title: string | null;
  children: number | null;
  shape: number[] | null;
  maxshape: (number | null)[] | null;
  type: string | null;
  class: ValueClass | null;
  badge: string | null;
  error: Fault | null;
}

export interface Children {
  path: string;
  total: number;
  start: number;
  items: Child[];
}

export interface Find {
  path: string;
  kind: string;
  where: 'name' | 'title' | 'attribute' | 'value';
  attribute: string | null;
  excerpt: string;
}

export interface Finds {
  items: Find[];
  visited: number;
  cursor: string | null;
  errors: number;
}

export interface Attribute {
  name: string;
  type: string | null;
  shape: number[] | null;
  bytes: number | null;
  value: unknown;
  text: string;
  long: boolean;
  error: Fault | null;
}

export interface Attributes {
  total: number;
  items: Attribute[];
}

export interface Storage {
  address: number | null;
  header_version: number | null;
  reference_count: number | null;
  modified_s: number | null;
  kind: string;
  layout: 'compact' | 'contiguous' | 'chunked' | 'virtual' | 'external' | null;
  type: string | null;
  type_long: string | null;
  shape: number[] | null;
  maxshape: (number | null)[] | null;
  chunk: number[] | null;
  index: string | null;
  filters: { id: number; name: string; optional: boolean; parameters: number[]; decodes: boolean }[];
  fill: { defined: string; value: string | null; written: string; allocated: string } | null;
  logical_bytes: number | null;
  stored_bytes: number | null;
  ratio: number | null;
  chunks_stored: number | null;
  chunks_total: number | null;
  complete: boolean;
  chunks: { offset: number[]; address: number; bytes: number; mask: number }[];
  external: { name: string; offset: number; bytes: number }[];
  virtual: { file: string; path: string; source: string; target: string }[];
}

export interface Cells {
  shape: number[];
  columns: string[] | null;
  cells: string[][];
}

/** What of one dimension is given: elements `start`, `start + step`, ..., `count` of them. */
export interface Dimension {
  start: number;
  step: number;
  count: number;
}

export interface PlotHeader {
  shape: number[];
  reduced: 'none' | 'minmax' | 'sampled';
  dimensions: Dimension[];
  min: number | null;
  max: number | null;
  finite: number;
}

// The answers of the routes that know PyMoDAQ's layout.

import type { Dimension, Fault } from './types';

export interface Tree {
  name: string;
  title: string | null;
  type: string | null;
  value: unknown;
  text: string;
  units: string | null;
  children: Tree[];
}

export interface Channel {
  path: string;
  label: string;
  background: boolean;
  errors: boolean;
  type: string;
}

export interface DataAxis {
  label: string;
  units: string;
  index: number;
  spread_order: number;
  size: number;
  first: number | null;
  last: number | null;
  linear: boolean;
}

export interface Data {
  path: string;
  name: string;
  origin: string;
  source: string;
  dim: string;
  distribution: string;
  units: string;
  shape: number[];
  stored_shape: number[];
  nav_indexes: number[];
  sig_indexes: number[];
  timestamp: number | null;
  channels: Channel[];
  axes: DataAxis[];
  extra: Record<string, string>;
}

export interface Node {
  title: string | null;
  kind: 'group' | 'array' | 'strings' | 'other';
  data: Data | null;
  nearby: string[];
  settings: Tree[];
  scan_settings: Tree | null;
  comments: string | null;
  log: boolean;
  pixmaps: number;
  error: Fault | null;
}

export interface PlotAxis {
  label: string;
  units: string;
  index: number;
  array: string;
  spread: boolean;
}

export interface DataPlot {
  path: string;
  label: string;
  units: string;
  shape: number[];
  reduced: 'none' | 'minmax' | 'sampled';
  dimensions: Dimension[];
  axes: PlotAxis[];
  values: string;
  errors: string | null;
  background: 'subtracted' | 'none' | 'there';
  error: Fault | null;
}

export interface DataPlots {
  plots: DataPlot[];
}

export interface Log {
  total: number;
  items: string[];
}

export interface Scans {
  items: { path: string; title: string | null; pixmap: boolean }[];
}

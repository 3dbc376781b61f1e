// How a person likes plots, remembered between visits.

import { ScaleType } from '@h5web/lib';
import { useCallback, useState } from 'react';
import type { LineOptions } from './LinePlot';
import type { MapOptions } from './MapPlot';
import type { Part } from './model';

export interface PlotOptions {
  line: LineOptions;
  map: MapOptions;
  part: Part;
}

const DEFAULTS: PlotOptions = {
  line: { xScale: ScaleType.Linear, yScale: ScaleType.Linear, points: false, errors: true },
  map: { colorMap: 'Viridis', invert: false, scale: ScaleType.Linear, keepAspect: false, flip: false },
  part: 'amplitude',
};

const KEY = 'h5-plot';

export function usePlotOptions(): [PlotOptions, (change: Partial<PlotOptions>) => void] {
  const [options, setOptions] = useState<PlotOptions>(read);
  const change = useCallback((some: Partial<PlotOptions>) => {
    setOptions((old) => {
      const next = { ...old, ...some };
      try {
        localStorage.setItem(KEY, JSON.stringify({ map: next.map, part: next.part, points: next.line.points }));
      } catch {
        // A browser that keeps nothing still shows plots.
      }
      return next;
    });
  }, []);
  return [options, change];
}

/** Scales of lines are not remembered: a logarithmic one that nobody asked for misleads. */
function read(): PlotOptions {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<PlotOptions> & { points?: boolean };
    return {
      line: { ...DEFAULTS.line, points: kept.points ?? false },
      map: { ...DEFAULTS.map, ...kept.map, scale: ScaleType.Linear },
      part: kept.part ?? DEFAULTS.part,
    };
  } catch {
    return DEFAULTS;
  }
}

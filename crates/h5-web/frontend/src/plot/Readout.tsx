// The line under a plot: the point under the cursor, and what the values are like.

import { numberText } from '../text';
import type { Extent } from './model';

interface Props {
  stats: Extent;
  count: number;
  at: string | null;
  note?: string;
}

export function Readout({ stats, count, at, note }: Props) {
  const missing = count - stats.finite;
  return (
    <div className="readout">
      <output className="readout-point" aria-live="polite">{at ?? 'Click a point, or use the arrow keys, to read its value.'}</output>
      <span className="readout-stats">
        {stats.finite > 0 && (
          <>
            <span>min <b data-stat="min">{numberText(stats.min)}</b></span>
            <span>max <b data-stat="max">{numberText(stats.max)}</b></span>
            <span>mean <b data-stat="mean">{numberText(stats.mean)}</b></span>
          </>
        )}
        {missing > 0 && <span>{missing.toLocaleString('en')} not finite</span>}
      </span>
      {note && <span className="readout-note">{note}</span>}
    </div>
  );
}

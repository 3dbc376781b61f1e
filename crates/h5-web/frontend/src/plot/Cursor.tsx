// A plot that can have the focus: the arrow keys move a cursor through its points.

import type { KeyboardEvent, ReactNode } from 'react';

interface Props {
  count: number;
  at: number | null;
  label: string;
  /** Points of a row, if points have two dimensions. */
  width?: number;
  /** Not drawn yet. */
  busy?: boolean;
  onMove: (to: number) => void;
  children: ReactNode;
}

export function Cursor({ count, at, label, width = 0, busy = false, onMove, children }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    const now = at ?? 0;
    const steps: Record<string, number> = {
      ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: count - 1,
      PageUp: now + Math.max(1, Math.round(count / 20)), PageDown: now - Math.max(1, Math.round(count / 20)),
      ArrowUp: now + width, ArrowDown: now - width,
    };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey) return;
    const to = steps[event.key];
    event.preventDefault();
    if (to >= 0 && to < count && !(width === 0 && event.key.startsWith('Arrow') && to === now && at !== null)) onMove(to);
  };
  return (
    <div className="plot-canvas" tabIndex={0} role="group" aria-label={label} aria-busy={busy} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

// A click on a plot that is not the end of a drag.

import { useCanvasEvent } from '@h5web/lib';
import { useRef } from 'react';

export function Pick({ onPick }: { onPick: (x: number, y: number) => void }) {
  const down = useRef<{ x: number; y: number } | null>(null);
  useCanvasEvent('pointerdown', ({ htmlPt }) => {
    down.current = { x: htmlPt.x, y: htmlPt.y };
  });
  useCanvasEvent('click', ({ htmlPt, dataPt }) => {
    const from = down.current;
    if (from && Math.hypot(htmlPt.x - from.x, htmlPt.y - from.y) < 5) onPick(dataPt.x, dataPt.y);
  });
  return null;
}

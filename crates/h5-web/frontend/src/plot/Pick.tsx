// A click on a plot that is not the end of a drag.

import { useCanvasEvent } from '@h5web/lib';
import { useEffect, useRef } from 'react';

interface Props {
  onPick: (x: number, y: number) => void;
  /** Clicks are heard from now on: the canvas is there some time before what is drawn in it. */
  onReady: () => void;
}

export function Pick({ onPick, onReady }: Props) {
  const down = useRef<{ x: number; y: number } | null>(null);
  useCanvasEvent('pointerdown', ({ htmlPt }) => {
    down.current = { x: htmlPt.x, y: htmlPt.y };
  });
  useCanvasEvent('click', ({ htmlPt, dataPt }) => {
    const from = down.current;
    if (from && Math.hypot(htmlPt.x - from.x, htmlPt.y - from.y) < 5) onPick(dataPt.x, dataPt.y);
  });
  useEffect(onReady, []);
  return null;
}

// Between tree and object: drag, or arrow keys, to give one of them more room.

import { useEffect, useState } from 'react';

const LEAST = 180;

export function Splitter() {
  const [width, setWidth] = useState(() => Number(localStorage.getItem('h5-side')) || 320);
  const most = Math.max(LEAST, Math.min(900, window.innerWidth - 320));

  useEffect(() => {
    document.documentElement.style.setProperty('--side', `${width}px`);
    localStorage.setItem('h5-side', String(width));
  }, [width]);

  const to = (next: number) => setWidth(Math.round(Math.min(most, Math.max(LEAST, next))));
  return (
    <div className="splitter" role="separator" aria-orientation="vertical" aria-label="Width of the tree" tabIndex={0}
      aria-valuenow={width} aria-valuemin={LEAST} aria-valuemax={most}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') to(width - 20);
        if (event.key === 'ArrowRight') to(width + 20);
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) to(event.clientX);
      }} />
  );
}

// What of a plot is in view while it is zoomed: a curve of which little was drawn is asked for again there.

import { useCameraState, useVisCanvasContext, type Domain } from '@h5web/lib';
import { useEffect } from 'react';

/** Milliseconds without a move until what is in view is told. */
const REST = 150;

export function View({ onView }: { onView: (from: number, to: number) => void }) {
  const { getVisibleDomains } = useVisCanvasContext();
  const [from, to] = useCameraState((camera) => getVisibleDomains(camera).xVisibleDomain, [getVisibleDomains], isSame);
  useEffect(() => {
    const timer = setTimeout(() => onView(from, to), REST);
    return () => clearTimeout(timer);
  }, [from, to]);
  return null;
}

function isSame(a: Domain, b: Domain): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

// What is shown, in the address: views can be bookmarked and passed on.

import { useCallback, useEffect, useState } from 'react';

export interface Place {
  file: string | null;
  path: string;
}

function read(): Place {
  const hash = new URLSearchParams(location.hash.replace(/^#/, ''));
  const path = hash.get('path') ?? '/';
  return { file: hash.get('file'), path: path.startsWith('/') ? path : `/${path}` };
}

export function usePlace(): [Place, (change: Partial<Place>) => void] {
  const [place, setPlace] = useState(read);

  useEffect(() => {
    const change = () => setPlace(read());
    window.addEventListener('hashchange', change);
    return () => window.removeEventListener('hashchange', change);
  }, []);

  const go = useCallback((change: Partial<Place>) => {
    const next = { ...read(), ...change };
    const parts = [next.file !== null && `file=${encodeURIComponent(next.file)}`, `path=${encodeURIComponent(next.path)}`];
    location.hash = parts.filter(Boolean).join('&').replaceAll('%2F', '/');
    setPlace(next);
  }, []);

  return [place, go];
}

// The small pictures that PyMoDAQ keeps of scans.

import { useEffect, useState } from 'react';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';

export default function Pixmaps({ path, count }: { path: string; count: number }) {
  return (
    <div className="sheet pixmaps">
      {Array.from({ length: count }, (_, index) => <Pixmap key={index} path={path} index={index} />)}
    </div>
  );
}

export function Pixmap({ path, index }: { path: string; index: number }) {
  const { value, error } = useQuery(`pixmap ${path} ${index}`, (client) => client.pixmap(path, index));
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!value) return;
    const made = URL.createObjectURL(value);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [value]);
  if (error) return <Fault error={error} />;
  if (!url) return <Waiting />;
  return <img className="pixmap" src={url} alt={`Preview ${index + 1} of ${path}`} />;
}

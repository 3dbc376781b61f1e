// The static page before a file is open.

import { useRef, useState, type DragEvent, type FormEvent } from 'react';
import { Icon } from './Icon';
import { Fault, Waiting } from './States';

interface Props {
  busy: string | null;
  fault: string | null;
  onFile: (file: File) => void;
  onUrl: (url: URL) => void;
}

export function Landing({ busy, fault, onFile, onUrl }: Props) {
  const [over, setOver] = useState(false);
  const [url, setUrl] = useState('');
  const [wrong, setWrong] = useState('');
  const input = useRef<HTMLInputElement>(null);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      onUrl(new URL(url, location.href));
    } catch {
      setWrong('This is not an address.');
    }
  };

  return (
    <main className="landing" onDrop={drop} onDragOver={(event) => {
      event.preventDefault();
      setOver(true);
    }} onDragLeave={() => setOver(false)}>
      <div className={`landing-card${over ? ' is-over' : ''}`}>
        <img src="./icon.svg" alt="" width="56" height="56" />
        <h1>See what is in an HDF5 file</h1>
        <p>Drop it here. It stays on this computer: nothing is sent anywhere, and the page works without a network once it is loaded.</p>
        <input ref={input} type="file" className="visually-hidden" id="file" tabIndex={-1} aria-label="File"
          onChange={(event) => event.target.files?.[0] && onFile(event.target.files[0])} />
        <button type="button" className="button button-main" onClick={() => input.current?.click()}>
          <Icon name="file" />Choose a file
        </button>
        <form onSubmit={submit}>
          <label htmlFor="url">or open an address</label>
          <div className="landing-url">
            <input id="url" type="text" inputMode="url" placeholder="https://..." value={url} onChange={(event) => setUrl(event.target.value)} />
            <button type="submit" className="button" disabled={url.trim() === ''}>Open</button>
          </div>
          <p className="quiet">The server has to answer range requests, and to allow this page (CORS).</p>
          {wrong && <p className="fault-inline">{wrong}</p>}
        </form>
        {busy && <Waiting what={`Opening ${busy}`} />}
        {fault && <Fault error={new Error(fault)} />}
      </div>
    </main>
  );
}

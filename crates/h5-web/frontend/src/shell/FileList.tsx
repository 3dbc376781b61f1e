// The files of the folder that is served.

import { useEffect, useState } from 'react';
import type { Client } from '../api/client';
import type { Folder, Session } from '../api/types';
import { bytesText, timeText } from '../text';
import { Icon } from './Icon';
import { Fault, Waiting } from './States';

interface Props {
  client: Client;
  session: Session;
  onOpen: (file: string) => void;
}

export function FileList({ client, session, onOpen }: Props) {
  const [at, setAt] = useState('');
  const [folder, setFolder] = useState<Folder | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    if (!session.folder) return;
    let current = true;
    setError(null);
    client.folder(at, 0).then((answer) => current && setFolder(answer), (e: unknown) => current && setError(e));
    return () => {
      current = false;
    };
  }, [client, session.folder, at]);

  const more = async () => {
    if (!folder) return;
    const next = await client.folder(at, folder.items.length);
    setFolder({ ...folder, items: [...folder.items, ...next.items] });
  };

  return (
    <main className="alone files">
      <h1>{at === '' ? 'Files' : at}</h1>
      {session.files.map(({ file, bytes }) => (
        <button key={file} type="button" className="file" onClick={() => onOpen(file)}>
          <Icon name="file" /><span>{file}</span><small>{bytesText(bytes)}</small>
        </button>
      ))}
      {at !== '' && (
        <button type="button" className="file" onClick={() => setAt(at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '')}>
          <Icon name="group" /><span>..</span>
        </button>
      )}
      {error !== null && <Fault error={error} />}
      {session.folder && !folder && error === null && <Waiting />}
      {folder?.items.map(({ name, file, kind, bytes, hdf5, modified_ms: modified }) => (
        <button key={`${kind} ${name}`} type="button" className="file" disabled={kind === 'file' && !hdf5}
          title={kind === 'file' && !hdf5 ? 'Not an HDF5 file' : name}
          onClick={() => (kind === 'folder' ? setAt(at === '' ? name : `${at}/${name}`) : onOpen(file))}>
          <Icon name={kind === 'folder' ? 'group' : 'file'} /><span>{name}</span>
          <small>{kind === 'file' && `${bytesText(bytes)}${modified === null ? '' : `, ${timeText(Math.floor(modified / 1000))}`}`}</small>
        </button>
      ))}
      {folder && folder.items.length < folder.total && <button type="button" className="button" onClick={() => void more()}>Show more</button>}
      {folder?.total === 0 && <p className="quiet">Nothing is in this folder.</p>}
    </main>
  );
}

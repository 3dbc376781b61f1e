// Before a file is open: the session, the choice of a file, dropping one.

import { useCallback, useEffect, useState } from 'react';
import { Client } from '../api/client';
import { HttpTransport } from '../api/transport';
import type { Session } from '../api/types';
import { errorText } from '../text';
import { Browser } from './Browser';
import { FileList } from './FileList';
import { Landing } from './Landing';
import { usePlace } from './place';
import { Fault, Waiting } from './States';

export function Start({ served }: { served: boolean }) {
  return served ? <Served /> : <Static />;
}

function Served() {
  const [session, setSession] = useState<{ client: Client; session: Session } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [place, go] = usePlace();

  useEffect(() => {
    const transport = new HttpTransport();
    const client = new Client(transport, '');
    client.session().then((answer) => {
      transport.csrf = answer.csrf;
      setSession({ client, session: answer });
    }, setError);
  }, []);

  if (error) return <Page><Fault error={error} /></Page>;
  if (!session) return <Page><Waiting what="Opening" /></Page>;
  const { files, folder } = session.session;
  const file = place.file ?? (files.length === 1 && !folder ? files[0].file : null);
  if (file === null) return <FileList client={session.client} session={session.session} onOpen={(name) => go({ file: name, path: '/' })} />;
  const several = folder || files.length > 1;
  return (
    <Browser
      key={file}
      client={session.client.of(file)}
      path={place.path}
      live
      onPath={(path) => go({ path })}
      onClose={several ? () => go({ file: null, path: '/' }) : undefined}
    />
  );
}

function Static() {
  const [client, setClient] = useState<Client | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [place, go] = usePlace();

  const open = useCallback(async (what: File | URL, path?: string) => {
    setBusy(what instanceof URL ? what.href : what.name);
    setFault(null);
    try {
      const { openInWorker } = await import('../core/transport');
      setClient(await openInWorker(what));
      if (path !== undefined) go({ path });
    } catch (error) {
      setFault(errorText(error));
    }
    setBusy(null);
  }, [go]);

  // The reader is there by the time a file is chosen.
  useEffect(() => {
    if (!client) void import('../core/transport').then(({ warmUp }) => warmUp());
  }, [client]);

  useEffect(() => {
    const url = new URLSearchParams(location.search).get('url');
    if (url) void open(new URL(url, location.href));
  }, [open]);

  if (client) {
    return (
      <Browser key={client.file} client={client} path={place.path} live={false} onPath={(path) => go({ path })}
        onClose={() => {
          setClient(null);
          go({ path: '/' });
        }} />
    );
  }
  return <Landing busy={busy} fault={fault} onFile={(file) => void open(file, '/')} onUrl={(url) => void open(url, '/')} />;
}

function Page({ children }: { children: React.ReactNode }) {
  return <main className="alone">{children}</main>;
}

// Whether the file grows, and when it did.

import { useCallback, useEffect, useState } from 'react';
import type { Client } from '../api/client';

const EVERY_MS = 1500;
/** How long a change counts as being live. */
const RECENT_MS = 10_000;

export interface LiveState {
  /** Another text once the file has changed; empty until something is known. */
  version: string;
  /** It changed a moment ago. */
  recent: boolean;
  /** It may change. */
  watched: boolean;
  lost: boolean;
  reload: () => void;
}

export function useLive(client: Client, watch: boolean): LiveState {
  const [version, setVersion] = useState('');
  const [reloads, setReloads] = useState(0);
  const [recent, setRecent] = useState(false);
  const [watched, setWatched] = useState(false);
  const [lost, setLost] = useState(false);
  const { file, transport } = client;

  useEffect(() => {
    if (!watch) return;
    let stopped = false;
    let known = '';
    let changed = 0;
    const look = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const now = await client.live();
          if (stopped) return;
          setLost(false);
          setWatched(now.live);
          if (known !== '' && now.version !== known) {
            changed = Date.now();
            setVersion(now.version);
          }
          known = now.version;
          setRecent(changed > 0 && Date.now() - changed < RECENT_MS);
        } catch {
          if (!stopped) setLost(true);
        }
      }
      if (!stopped) timer = setTimeout(() => void look(), EVERY_MS);
    };
    let timer = setTimeout(() => void look(), EVERY_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [file, transport, watch]);

  const reload = useCallback(() => setReloads((n) => n + 1), []);
  return { version: reloads === 0 ? version : `${version} ${reloads}`, recent, watched, lost, reload };
}

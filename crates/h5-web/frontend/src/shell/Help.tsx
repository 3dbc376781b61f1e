// Help: the keys, and what the page is.

import { useEffect, useRef } from 'react';
import { SHORTCUTS } from './useShortcuts';

export default function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl className="pairs">
        {SHORTCUTS.map(([keys, what]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
      <p className="quiet">On plots: drag to move, wheel to zoom, Ctrl and drag to zoom into a part, click to read a point.</p>
      <button type="button" className="button button-main" onClick={() => dialog.current?.close()}>Close</button>
    </dialog>
  );
}

// The bar at the top: the file, whether it grows, and what works everywhere.

import { useState } from 'react';
import type { FileInfo } from '../api/types';
import { bytesText } from '../text';
import { Icon } from './Icon';
import { applyTheme, keptTheme, THEMES } from './theme';
import type { LiveState } from './useLive';

interface Props {
  info: FileInfo | null;
  live: LiveState;
  onMenu: () => void;
  onSearch: () => void;
  onHelp: () => void;
  onClose?: () => void;
}

export function Header({ info, live, onMenu, onSearch, onHelp, onClose }: Props) {
  const [theme, setTheme] = useState(keptTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  const name = info?.file.replace(/^.*\//, '') ?? '';
  const warnings = [...(info?.warnings ?? []), ...(info?.origin.warning ? [info.origin.warning] : [])];

  return (
    <header className="top">
      <button type="button" className="only-phone icon-button" aria-label="Tree of objects" onClick={onMenu}><Icon name="menu" /></button>
      <img src="./icon.svg" alt="h5" width="22" height="22" />
      <span className="top-file" title={info?.file}>
        <strong>{name}</strong>
        {info && <small>{[bytesText(info.bytes), info.origin.program && `${info.origin.program} ${info.origin.version ?? ''}`.trim()].filter(Boolean).join(', ')}</small>}
      </span>
      {info?.write && <span className="badge badge-write">may be written</span>}
      {live.lost && <span className="badge badge-lost" role="status">h5 does not answer</span>}
      {!live.lost && live.recent && <span className="badge badge-live" role="status"><span className="dot" />live</span>}
      {warnings.length > 0 && <span className="top-warning" title={warnings.join('\n')}><Icon name="broken" />{warnings[0]}</span>}
      <span className="top-space" />
      <button type="button" className="search-button" aria-label="Search" onClick={onSearch}><Icon name="search" /><span>Search</span><kbd>/</kbd></button>
      <button type="button" className="icon-button" aria-label="Read the file anew" title="Read the file anew (r)" onClick={live.reload}><Icon name="refresh" /></button>
      <button type="button" className="icon-button" aria-label={`Colours: ${theme}. Change to ${next}`} title={`Colours: ${theme}`} onClick={() => {
        applyTheme(next);
        setTheme(next);
      }}>
        <Icon name={theme === 'auto' ? 'auto' : theme === 'dark' ? 'moon' : 'sun'} />
      </button>
      <button type="button" className="icon-button" aria-label="Help" title="Help (?)" onClick={onHelp}><Icon name="help" /></button>
      {onClose && <button type="button" className="icon-button" aria-label="Another file" title="Another file" onClick={onClose}><Icon name="close" /></button>}
    </header>
  );
}

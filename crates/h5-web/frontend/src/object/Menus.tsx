// What can be copied and saved of an object.

import { useRef, useState } from 'react';
import type { Child } from '../api/types';
import { Icon, type IconName } from '../shell/Icon';
import { useMenu } from '../shell/useMenu';
import { copyText, saveBlob, saveLink } from '../shell/save';
import { useSource } from '../store';
import { errorText } from '../text';

interface Entry {
  id: string;
  label: string;
  hint?: string;
  run: () => void;
}

interface MenuProps {
  label: string;
  icon: IconName;
  entries: Entry[];
  /** What became of the last choice. */
  said: string;
  onOpen: () => void;
}

function Menu({ label, icon, entries, said, onOpen }: MenuProps) {
  const { open, setOpen, root, onKeyDown } = useMenu();
  return (
    <div className="menu" ref={root} onKeyDown={onKeyDown}>
      <button type="button" className="button" aria-haspopup="menu" aria-expanded={open} onClick={() => {
        onOpen();
        setOpen(!open);
      }}>
        <Icon name={icon} />{label}
      </button>
      {open && (
        <ul role="menu" aria-label={label} className="menu-list">
          {entries.map(({ id, label: text, hint, run }) => (
            <li key={id} role="none">
              <button type="button" role="menuitem" tabIndex={-1} data-entry={id} onClick={() => {
                setOpen(false);
                run();
              }}>
                <span>{text}</span>
                {hint && <small>{hint}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
      <span className="menu-said" role="status">{said}</span>
    </div>
  );
}

/** A word for a moment, or until the next one. */
function useSaid(): [string, (text: string, stays?: boolean) => void] {
  const [said, setSaid] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>();
  return [said, (text, stays) => {
    clearTimeout(timer.current);
    setSaid(text);
    if (!stays) timer.current = setTimeout(() => setSaid(''), 2500);
  }];
}

export function CopyMenu({ path, selection, dataset }: { path: string; selection?: string; dataset: boolean }) {
  const { client } = useSource();
  const [said, say] = useSaid();
  const copy = async (text: Promise<string> | string) => {
    try {
      say((await copyText(await text)) ? 'Copied' : 'The browser does not allow copying');
    } catch (error) {
      say(errorText(error));
    }
  };
  const entries: Entry[] = [
    { id: 'path', label: 'Path', hint: path, run: () => void copy(path) },
    { id: 'h5py', label: 'Python (h5py)', run: () => void copy(client.snippet(path, 'h5py', selection)) },
    { id: 'rust', label: 'Rust (h5)', run: () => void copy(client.snippet(path, 'rust', selection)) },
    { id: 'cli', label: 'For the command line', hint: `FILE::${path}`, run: () => void copy(`${client.file}::${path}${dataset && selection ? `[${selection}]` : ''}`) },
    { id: 'link', label: 'Address of this view', run: () => void copy(location.href) },
  ];
  return <Menu label="Copy" icon="copy" entries={entries} said={said} onOpen={() => say('', true)} />;
}

interface ExportProps {
  child: Child;
  selection?: string;
  strings: boolean;
}

export function ExportMenu({ child, selection, strings }: ExportProps) {
  const { client, exports } = useSource();
  const [said, say] = useSaid();
  const save = async (format: string, part?: string) => {
    const name = `${child.path === '/' ? client.file.replace(/^.*\//, '').replace(/\.[^.]*$/, '') : child.name}.${format}`;
    const link = client.transport.link(client.exportTarget(child.path, format, part));
    if (link !== null) {
      saveLink(link, name);
      return;
    }
    say('Writing', true);
    try {
      saveBlob(new Blob([await client.exported(child.path, format, part)]), name);
      say('Saved');
    } catch (error) {
      say(errorText(error), true);
    }
  };
  const entry = (id: string, label: string, hint?: string): Entry => ({ id, label, hint, run: () => void save(id) });
  const entries: Entry[] = [];
  if (child.kind === 'dataset') {
    if (!strings) entries.push(entry('csv', 'CSV', 'with axes, where there are some'));
    if (child.class === 'number' || child.class === 'complex') entries.push(entry('npy', 'NPY', 'for NumPy, type as stored'));
  }
  entries.push(entry('txt', 'TXT', 'as PyMoDAQ writes it'), entry('json', 'JSON', 'attributes and structure'));
  // The module of the static page only reads.
  if (exports.includes('h5')) entries.push(entry('h5', 'HDF5', 'this object and all below it'));
  if (selection && child.kind === 'dataset') {
    for (const format of ['csv', 'npy']) {
      if (format === 'npy' && child.class !== 'number' && child.class !== 'complex') continue;
      entries.push({ id: `${format}-slice`, label: `${format.toUpperCase()} of this slice`, hint: `[${selection}]`, run: () => void save(format, selection) });
    }
  }
  return <Menu label="Export" icon="save" entries={entries} said={said} onOpen={() => say('', true)} />;
}

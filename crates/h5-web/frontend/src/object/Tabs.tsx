// Tabs, as the ARIA practices describe them: arrows move, the chosen one is shown at once.

import type { KeyboardEvent } from 'react';

interface Props {
  tabs: { id: string; label: string }[];
  chosen: string;
  onChoose: (id: string) => void;
}

export function Tabs({ tabs, chosen, onChoose }: Props) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex(({ id }) => id === chosen);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    if (!(event.key in steps)) return;
    const next = tabs[(steps[event.key] + tabs.length) % tabs.length];
    event.preventDefault();
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Views of the object" onKeyDown={onKeyDown}>
      {tabs.map(({ id, label }) => (
        <button key={id} id={`tab-${id}`} type="button" role="tab" aria-selected={id === chosen}
          aria-controls={id === chosen ? `panel-${id}` : undefined} tabIndex={id === chosen ? 0 : -1} onClick={() => onChoose(id)}>
          {label}
        </button>
      ))}
    </div>
  );
}

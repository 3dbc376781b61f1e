// Which curve has which colour; a click hides one.

interface Item {
  label: string;
  color: string;
  shown: boolean;
}

export function Legend({ items, onToggle }: { items: Item[]; onToggle: (label: string) => void }) {
  return (
    <div className="legend">
      {items.map(({ label, color, shown }) => (
        <button key={label} type="button" className="legend-item" aria-pressed={shown} onClick={() => onToggle(label)}>
          <span className="legend-mark" style={{ background: color }} />
          {label}
        </button>
      ))}
    </div>
  );
}

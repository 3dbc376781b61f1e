// Sliders through the dimensions that are not drawn, and which are.

import { assign, type Mapping } from './mapping';

interface Props {
  shape: readonly number[];
  mapping: Mapping;
  /** Names of dimensions, where they have some. */
  names?: (string | undefined)[];
  /** Dimensions at the end that cannot be chosen (colours of an image). */
  locked?: number;
  onChange: (mapping: Mapping) => void;
}

export function Slicer({ shape, mapping, names = [], locked = 0, onChange }: Props) {
  const axes = (['x', 'y'] as const).filter((axis) => mapping.includes(axis));
  const free = shape.length - locked;
  if (free <= axes.length && axes.length < 2) return null;
  if (free < 2) return null;
  return (
    <div className="slicer" role="group" aria-label="Dimensions">
      {shape.slice(0, free).map((size, dim) => {
        const part = mapping[dim];
        const name = names[dim] || `dim ${dim}`;
        return (
          <div className="slicer-dim" key={dim}>
            <span className="slicer-name">{name}</span>
            <span className="slicer-axes" role="group" aria-label={`Draw ${name} along`}>
              {axes.map((axis) => (
                <button key={axis} type="button" aria-pressed={part === axis} onClick={() => onChange(assign(mapping, dim, axis))}>
                  {axis}
                </button>
              ))}
            </span>
            {typeof part === 'number' ? (
              <Slider
                label={`Index along ${name}`}
                value={part}
                size={size}
                onChange={(value) => onChange(mapping.map((one, i) => (i === dim ? value : one)))}
              />
            ) : (
              <span className="slicer-all">all {size.toLocaleString('en')}</span>
            )}
          </div>
        );
      })}
    </div>
  );
}

interface SliderProps {
  label: string;
  value: number;
  size: number;
  /** What stands at this index. */
  shown?: string;
  onChange: (value: number) => void;
}

export function Slider({ label, value, size, shown, onChange }: SliderProps) {
  const last = Math.max(0, size - 1);
  return (
    <span className="slider">
      <input type="range" min={0} max={last} value={value} aria-label={label} aria-valuetext={shown}
        onChange={(event) => onChange(Number(event.target.value))} />
      <input type="number" min={0} max={last} value={value} aria-label={`${label}, number`}
        onChange={(event) => {
          const next = Math.round(Number(event.target.value));
          if (Number.isFinite(next)) onChange(Math.min(last, Math.max(0, next)));
        }} />
      <span className="slider-of">of 0{'\u2013'}{last.toLocaleString('en')}{shown && ` \u00b7 ${shown}`}</span>
    </span>
  );
}

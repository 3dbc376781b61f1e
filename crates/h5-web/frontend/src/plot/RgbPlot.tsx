// Pictures: a dataset whose last dimension is red, green and blue.

import { RgbVis } from '@h5web/lib';
import ndarray from 'ndarray';
import { useMemo } from 'react';
import type { Child, ValueClass } from '../api/types';
import { drawable } from '../api/frame';
import { useQuery } from '../store';
import { Fault, Waiting } from '../shell/States';
import { extent } from './model';
import type { Mapping } from './mapping';

export function isPicture(kind: ValueClass | null, shape: readonly number[] | null): boolean {
  const last = shape?.[shape.length - 1];
  return kind === 'number' && (shape?.length ?? 0) >= 3 && (last === 3 || last === 4);
}

export function RgbPlot({ child, mapping }: { child: Child; mapping: Mapping }) {
  const free = mapping.slice(0, -1).map((part) => (typeof part === 'string' ? ':' : part));
  const { value, error, loading } = useQuery(`rgb ${child.path} ${free.join()}`, (client) =>
    Promise.all([0, 1, 2].map((colour) => client.plot(child.path, [...free, colour].join(',')))),
  );
  const image = useMemo(() => {
    if (!value) return null;
    const [first] = value;
    const [rows, columns] = first.header.dimensions.map(({ count }) => count);
    const colours = value.map(({ arrays }) => drawable(arrays.get('values')?.values ?? new Float32Array()));
    const whole = child.type?.startsWith('uint8') ? 255 : Math.max(...colours.map((one) => extent(one).max), 1e-300);
    const pixels = new Float32Array(rows * columns * 3);
    for (const [c, colour] of colours.entries()) {
      for (let i = 0; i < colour.length; i += 1) pixels[i * 3 + c] = colour[i] / whole;
    }
    return ndarray(pixels, [rows, columns, 3]);
  }, [value, child.type]);

  if (error) return <Fault error={error} />;
  if (!image) return <Waiting />;
  return (
    <section className="plot-section" aria-label="Picture" aria-busy={loading}>
      <div className="plot">
        <div className="plot-canvas">
          <RgbVis dataArray={image} aspect="equal" showGrid={false} flipYAxis title="" />
        </div>
      </div>
    </section>
  );
}

// Words and numbers as a person reads them.

export const TIMES = '\u00d7';
export const DOTS = '\u2026';
export const DOT = '\u00b7';
export const DASH = '\u2013';

export function shapeText(shape: readonly number[] | null): string {
  if (shape === null) return 'no elements';
  if (shape.length === 0) return 'scalar';
  return shape.map((n) => n.toLocaleString('en').replaceAll(',', '\u202f')).join(` ${TIMES} `);
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return DASH;
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toPrecision(value < 10 ? 2 : 3).replace(/\.?0+$/, '')} ${UNITS[unit]}`;
}

/** Enough digits to tell neighbours apart, short where the number is. */
export function numberText(value: number | bigint | null | undefined, digits = 6): string {
  if (value === null || value === undefined) return DASH;
  if (typeof value === 'bigint') return value.toString();
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toString();
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e');
  return Number(value.toPrecision(digits)).toString();
}

export function addressText(address: number | null): string {
  return address === null ? DASH : `0x${address.toString(16)}`;
}

export function timeText(seconds: number | null): string {
  if (seconds === null) return DASH;
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\.000Z$/, 'Z').replace('Z', ' UTC');
}

export function withUnits(label: string, units: string): string {
  if (!units) return label;
  return label ? `${label} (${units})` : units;
}

/** What a person calls an error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// `calc()` of `reduce-css-calc`, which brings an evaluator of formulas along: lines of text are moved by sums and products of one unit.

/** The length of `calc(...)`, as text; what is more than numbers, one unit and + - * / is left as it is. */
export default function reduceCssCalc(text: string): string {
  const unit = /\d([a-z%]+)/.exec(text)?.[1] ?? '';
  const parts = text.replace(/calc/g, '').replaceAll(unit || ' ', '').match(/[\d.]+|[-+*/()]/g) ?? [];
  let at = 0;
  const factor = (): number => {
    const part = parts[at];
    at += 1;
    if (part === '-') return -factor();
    if (part !== '(') return Number(part);
    const value = sum();
    at += 1;
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (parts[at] === '*' || parts[at] === '/') {
      at += 1;
      value = parts[at - 1] === '*' ? value * factor() : value / factor();
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (parts[at] === '+' || parts[at] === '-') {
      at += 1;
      value = parts[at - 1] === '+' ? value + product() : value - product();
    }
    return value;
  };
  const value = sum();
  return Number.isFinite(value) && at === parts.length ? `${Number(value.toFixed(6))}${unit}` : text;
}

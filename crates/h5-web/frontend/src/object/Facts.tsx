// One line under the title: what kind of object this is.

import type { Node } from '../api/pymodaq';
import type { Child } from '../api/types';
import { shapeText, timeText, TIMES } from '../text';

export function Facts({ child, node }: { child: Child; node: Node | undefined }) {
  const facts: (string | false | null | undefined)[] = [];
  if (child.kind === 'group') {
    facts.push('group', child.children === null ? null : `${child.children.toLocaleString('en')} ${child.children === 1 ? 'child' : 'children'}`);
  } else {
    facts.push(typeText(child), shapeText(child.shape));
    if (child.maxshape && child.shape && child.maxshape.some((most, i) => most !== child.shape?.[i])) {
      facts.push(`may grow to ${child.maxshape.map((most) => (most === null ? '\u221e' : most)).join(` ${TIMES} `)}`);
    }
  }
  const data = node?.data;
  if (data) facts.push(data.dim, data.distribution, data.source, data.origin && `from ${data.origin}`, data.timestamp !== null && data.timestamp > 0 && timeText(data.timestamp));
  if (child.link !== 'hard' && child.target) facts.push(`${child.link} link to ${child.target}`);
  return (
    <ul className="facts" aria-label="What it is">
      {child.badge && <li className="fact-badge">{child.badge}</li>}
      {facts.filter(Boolean).map((fact, i) => <li key={i}>{fact}</li>)}
    </ul>
  );
}

/** Complex numbers by the name that people know. */
function typeText({ type, class: kind }: Child): string | null {
  const part = kind === 'complex' ? /r: float(\d+)/.exec(type ?? '') : null;
  return part ? `complex${Number(part[1]) * 2}` : type;
}

// The attributes of an object: names, types, values; long ones folded.

import { useState } from 'react';
import type { Attribute } from '../api/types';
import { Fault, Waiting } from '../shell/States';
import { useQuery, useSource } from '../store';
import { bytesText, errorText, shapeText } from '../text';

export function Attributes({ path }: { path: string }) {
  const [pages, setPages] = useState(1);
  const { value, error } = useQuery(`attributes ${path} ${pages}`, async (client) => {
    const all: Attribute[] = [];
    let total = 0;
    for (let page = 0; page < pages; page += 1) {
      const answer = await client.attributes(path, all.length);
      total = answer.total;
      all.push(...answer.items);
      if (all.length >= total) break;
    }
    return { all, total };
  });
  if (error) return <Fault error={error} />;
  if (!value) return <Waiting />;
  if (value.total === 0) return <p className="quiet">No attributes.</p>;
  return (
    <div className="sheet">
      <table className="table attributes">
        <caption className="visually-hidden">Attributes</caption>
        <thead>
          <tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Type</th></tr>
        </thead>
        <tbody>
          {value.all.map((attribute) => (
            <tr key={attribute.name} data-attribute={attribute.name}>
              <th scope="row">{attribute.name}</th>
              <td>{attribute.error ? <span className="fault-inline">{attribute.error.message}</span> : <Value path={path} attribute={attribute} />}</td>
              <td className="type">
                {attribute.type}
                {attribute.shape && attribute.shape.length > 0 && ` [${shapeText(attribute.shape)}]`}
                {attribute.shape === null && ' (no value)'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {value.all.length < value.total && (
        <button type="button" className="button" onClick={() => setPages(pages + 5)}>
          {`Show more: ${value.all.length} of ${value.total.toLocaleString('en')}`}
        </button>
      )}
    </div>
  );
}

/** Characters of a value that are shown at once. */
const SHORT = 240;

function Value({ path, attribute }: { path: string; attribute: Attribute }) {
  const { client } = useSource();
  const [whole, setWhole] = useState<string | null>(null);
  const { text, long, name, bytes } = attribute;
  const simple = readable(text);
  if (whole !== null) {
    return (
      <>
        <pre className="value-whole">{whole}</pre>
        <button type="button" className="link" onClick={() => setWhole(null)}>Fold</button>
      </>
    );
  }
  if (!long && text.length <= SHORT) {
    return <span className="value">{simple ? <span title={text}>{simple}</span> : text || <em className="quiet">empty</em>}</span>;
  }
  const unfold = async () => {
    try {
      setWhole(long ? (await client.attribute(path, name)).text : text);
    } catch (error) {
      setWhole(errorText(error));
    }
  };
  return (
    <>
      <span className="value">{`${text.slice(0, SHORT)}\u2026`}</span>{' '}
      <button type="button" className="link" onClick={() => void unfold()}>{`Show all ${bytes === null ? '' : bytesText(bytes)}`}</button>
    </>
  );
}

/** PyMoDAQ keeps values as JSON that holds the text of a Python value: that value. */
function readable(text: string): string | null {
  if (!text.startsWith('{"module"')) return null;
  try {
    const { type, data } = JSON.parse(text) as { type?: unknown; data?: unknown };
    if (typeof data !== 'string') return null;
    return (type === 'str' && /^'([^'\\]*)'$/.exec(data)?.[1]) || data;
  } catch {
    return null;
  }
}

// How an object is stored: type, layout, chunks, filters, addresses.

import type { ReactNode } from 'react';
import type { Storage } from '../api/types';
import { Fault, Waiting } from '../shell/States';
import { useQuery } from '../store';
import { addressText, bytesText, numberText, shapeText, timeText, TIMES } from '../text';

export function StorageView({ path }: { path: string }) {
  const { value, error } = useQuery(`storage ${path}`, (client) => client.storage(path));
  if (error) return <Fault error={error} />;
  if (!value) return <Waiting />;
  return (
    <div className="sheet">
      <dl className="pairs">
        {facts(value).map(([name, content]) => (
          <div key={name} data-fact={name}><dt>{name}</dt><dd>{content}</dd></div>
        ))}
      </dl>
      {value.filters.length > 0 && <Filters filters={value.filters} />}
      {value.chunks.length > 0 && <Chunks storage={value} />}
      {value.external.length > 0 && <External files={value.external} />}
      {value.virtual.length > 0 && <Virtual sources={value.virtual} />}
    </div>
  );
}

function facts(s: Storage): [string, ReactNode][] {
  const rows: [string, ReactNode][] = [['Kind', s.kind]];
  if (s.type) rows.push(['Type', s.type_long && s.type_long !== s.type ? <>{s.type} <small className="type-long">{s.type_long}</small></> : s.type]);
  if (s.shape || s.layout) rows.push(['Shape', shapeText(s.shape)]);
  if (s.maxshape) rows.push(['Largest shape', s.maxshape.map((n) => (n === null ? '\u221e' : n)).join(` ${TIMES} `)]);
  if (s.layout) rows.push(['Layout', s.layout]);
  if (s.chunk) rows.push(['Chunk', shapeText(s.chunk)]);
  if (s.index) rows.push(['Chunk index', s.index]);
  if (s.chunks_total !== null) {
    rows.push(['Chunks stored', `${s.complete ? '' : 'more than '}${s.chunks_stored?.toLocaleString('en') ?? '?'} of ${s.chunks_total.toLocaleString('en')}`]);
  }
  if (s.logical_bytes !== null) rows.push(['Size of the values', bytesText(s.logical_bytes)]);
  if (s.stored_bytes !== null) rows.push(['Size in the file', bytesText(s.stored_bytes)]);
  if (s.ratio !== null) rows.push(['Compression', `${numberText(s.ratio, 3)} : 1`]);
  if (s.fill) rows.push(['Fill value', `${s.fill.value ?? 'none'} (${s.fill.defined}; written ${s.fill.written}, allocated ${s.fill.allocated})`]);
  rows.push(['Address', addressText(s.address)]);
  if (s.header_version !== null) rows.push(['Object header', `version ${s.header_version}`]);
  if (s.reference_count !== null) rows.push(['Hard links', s.reference_count]);
  if (s.modified_s) rows.push(['Modified', timeText(s.modified_s)]);
  return rows;
}

function Filters({ filters }: { filters: Storage['filters'] }) {
  return (
    <table className="table">
      <caption>Filters, in the order of writing</caption>
      <thead><tr><th scope="col">Number</th><th scope="col">Name</th><th scope="col">Parameters</th><th scope="col">Here</th></tr></thead>
      <tbody>
        {filters.map(({ id, name, parameters, optional, decodes }, i) => (
          <tr key={i}>
            <td>{id}</td>
            <th scope="row">{name}{optional && ' (optional)'}</th>
            <td>{parameters.join(', ')}</td>
            <td>{decodes ? 'can be read' : <span className="fault-inline">cannot be read</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Chunks({ storage }: { storage: Storage }) {
  const { chunks, chunks_stored: stored } = storage;
  return (
    <details className="more">
      <summary>{`Chunks: the first ${chunks.length} of ${stored?.toLocaleString('en') ?? '?'}`}</summary>
      <table className="table">
        <thead><tr><th scope="col">Begins at</th><th scope="col">Address</th><th scope="col">Bytes</th><th scope="col">Filters left out</th></tr></thead>
        <tbody>
          {chunks.map(({ offset, address, bytes, mask }) => (
            <tr key={offset.join()}><td>{offset.join(', ')}</td><td>{addressText(address)}</td><td>{bytes.toLocaleString('en')}</td><td>{mask || 'none'}</td></tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function External({ files }: { files: Storage['external'] }) {
  return (
    <table className="table">
      <caption>Files that hold the values</caption>
      <thead><tr><th scope="col">File</th><th scope="col">From</th><th scope="col">Bytes</th></tr></thead>
      <tbody>{files.map((one, i) => <tr key={i}><th scope="row">{one.name}</th><td>{one.offset}</td><td>{one.bytes.toLocaleString('en')}</td></tr>)}</tbody>
    </table>
  );
}

function Virtual({ sources }: { sources: Storage['virtual'] }) {
  return (
    <table className="table">
      <caption>Datasets that this one is put together from</caption>
      <thead><tr><th scope="col">File</th><th scope="col">Dataset</th><th scope="col">Part of it</th><th scope="col">Where it goes</th></tr></thead>
      <tbody>
        {sources.map((one, i) => <tr key={i}><th scope="row">{one.file}</th><td>{one.path}</td><td>{one.source}</td><td>{one.target}</td></tr>)}
      </tbody>
    </table>
  );
}

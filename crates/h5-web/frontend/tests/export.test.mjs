// What is exported is, byte for byte, what PyMoDAQ exports, what NumPy writes, what h5py reads.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, MADE, OUTPUT } from './kit/places.mjs';
import { SHAPES, withFile } from './kit/site.mjs';

const NODES = fixture('pymodaq/exports/nodes.h5');
const KINDS = join(MADE, 'kinds.h5');

export const tests = [];
const both = (title, file, run) => {
  for (const shape of SHAPES) {
    tests.push([`${title} (${shape})`, async ({ browser, oracle }) => {
      await withFile(browser, shape, file, {}, (site) => run(site, oracle, shape));
    }]);
  }
};

both('TXT and NPY are those of PyMoDAQ', NODES, async (site) => {
  const folder = fixture('pymodaq/exports');
  const expected = readdirSync(folder).filter((name) => /^Detector\d+-\w+\.(txt|npy)$/.test(name));
  assert.ok(expected.length >= 18, 'there are files to compare with');
  for (const name of expected) {
    const [, group, node, format] = /^(\w+)-(\w+)\.(\w+)$/.exec(name);
    await site.show(`/RawData/${group}/${node}`);
    const { bytes } = await site.exported(format);
    assert.ok(bytes.equals(readFileSync(join(folder, name))), `${name} differs`);
  }
});

both('NPY of a slice has its values; CSV has its numbers', KINDS, async (site, oracle) => {
  await site.show('/stack');
  await site.settled();
  await site.page.getByRole('spinbutton', { name: 'Index along dim 0, number' }).fill('2');
  await site.page.waitForSelector('[data-selection="2,0,:,:"][aria-busy=false]');
  const { bytes } = await site.exported('npy-slice');
  assert.equal(bytes.subarray(0, 6).toString('latin1'), '\x93NUMPY');
  const header = bytes.readUInt16LE(8);
  const values = await oracle.ask({ file: KINDS, path: '/stack', what: 'npy', selection: '2,0' });
  assert.equal(bytes.subarray(10 + header).toString('hex'), values);
  await site.show('/table');
  const csv = (await site.exported('csv')).bytes.toString('utf8').trim().split(/\r?\n/);
  assert.equal(csv.length, 301);
  assert.match(csv[0], /time.*count.*name/);
  assert.match(csv[300], /74\.75.*,.*row299/);
});

both('an HDF5 file of a group is read by h5py', fixture('cli/plain.h5'), async (site, oracle, shape) => {
  await site.show('/entry');
  const { bytes, name } = await site.exported('h5');
  assert.equal(name, 'entry.h5');
  const file = join(OUTPUT, `entry-${shape}.h5`);
  writeFileSync(file, bytes);
  const children = await oracle.ask({ file, path: '/', what: 'children' });
  const inside = children.includes('entry') ? '/entry' : '/';
  const path = `${inside === '/' ? '' : inside}/cube`;
  assert.deepEqual(await oracle.ask({ file, path, what: 'values' }),
    await oracle.ask({ file: fixture('cli/plain.h5'), path: '/entry/cube', what: 'values' }));
});

both('plots are saved as SVG and PNG', KINDS, async (site) => {
  await site.show('/waves');
  await site.settled();
  const svg = await site.download(() => site.page.getByRole('button', { name: 'SVG' }).click());
  assert.equal(svg.name, 'waves.svg');
  const again = await site.download(() => site.page.getByRole('button', { name: 'SVG' }).click());
  assert.ok(svg.bytes.equals(again.bytes), 'the same plot gives the same file');
  const path = /<path d="(M[^"]+)" fill="none"/.exec(svg.bytes.toString('utf8'));
  assert.equal(path[1].split(/[ML]/).length - 1, 400, 'every point is drawn');
  const png = await site.download(() => site.page.getByRole('button', { name: 'PNG' }).click());
  assert.equal(png.bytes.subarray(1, 4).toString(), 'PNG');
  assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [1600, 1040]);
  await site.show('/stack');
  await site.settled();
  const map = await site.download(() => site.page.getByRole('button', { name: 'SVG' }).click());
  assert.match(map.bytes.toString('utf8'), /<image [^>]*href="data:image\/png;base64,/);
});

#!/usr/bin/env python3
"""Load a PyMoDAQ-layout HDF5 file with the REAL pymodaq_data and print, as JSON, everything it returns.

    describe.py FILE [--backend h5py|tables] [--compare EXPECTED.json] [-o OUT.json] [--ignore-attr NAME ...]

Sections of the JSON
  nodes    path -> wrapper class, decoded attributes, (arrays) shape / dtype / sha256 of the raw values (C order, little endian)
  data     path -> DataLoader.load_data(path)                        for every array of a data-like data_type
  all      path -> DataLoader.load_data(path, load_all=True)         (first array of each group)
  bkg      path -> DataLoader.load_data(path, with_bkg=True)         (only where a bkg array is in the group)
  axes     path -> AxisSaverLoader.load_axis(path)
  logs     path -> list of the strings of each StringARRAY
  load_all DataLoader.load_all('/RawData') -> list of dwa            (name clashes replace one another, as in pymodaq)
  scans    H5BrowserUtil.get_h5file_scans() (number only); settings H5BrowserUtil.get_h5_attributes on each group
--compare: exit 0 if the same as EXPECTED (after dropping the volatile attributes), else print the differences, exit 1.
An exception in any loader call is data: it is stored as {"EXC": "Type: text"}.
"""
import argparse, hashlib, json, os, sys, math
os.environ.setdefault('QT_QPA_PLATFORM', 'offscreen')
os.environ.setdefault('HDF5_USE_FILE_LOCKING', 'FALSE')
import logging
logging.disable(logging.CRITICAL)
import numpy as np

VOLATILE = {'backend', 'VERSION', 'PYTABLES_FORMAT_VERSION', 'EXTDIM', 'FLAVOR', 'PSEUDOATOM', 'FILTERS', 'date', 'time',
            'timestamp', 'file', 'pymodaq_version', 'pymodaq_data_version', 'swmr_active', 'swmr_compatible'}


def jval(v):
    """python value -> JSON-able, type kept where it matters"""
    t = type(v)
    if t.__module__ == 'numpy' and t.__name__ in ('str_', 'bytes_'):
        v = v.decode() if isinstance(v, bytes) else str(v)
        return v
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    if isinstance(v, np.integer):
        return int(v)
    if isinstance(v, (float, np.floating)):
        v = float(v)
        return v if math.isfinite(v) else repr(v)
    if isinstance(v, (int, str)) or v is None:
        return v
    if isinstance(v, bytes):
        return {'bytes': v.decode('latin1')}
    if isinstance(v, (tuple, list)):
        return [jval(x) for x in v]
    if isinstance(v, dict):
        return {str(k): jval(x) for k, x in v.items()}
    if isinstance(v, np.ndarray):
        return arr(v)
    if t.__name__ == 'Empty':       # h5py.Empty: a null dataspace attribute
        return ''
    return f'{t.__module__}.{t.__name__}:{v!r}'


def arr(a):
    a = np.asarray(a)
    b = np.ascontiguousarray(a)
    if b.dtype.byteorder == '>':
        b = b.astype(b.dtype.newbyteorder('<'))
    d = {'shape': list(a.shape), 'dtype': a.dtype.name}
    d['sha256'] = hashlib.sha256(b.tobytes()).hexdigest()
    if a.size <= 6 and a.dtype.kind in 'iufb':
        d['values'] = [jval(x) for x in a.ravel()]
    return d


def axis(ax):
    return dict(label=ax.label, units=ax.units, index=int(ax.index), spread_order=int(ax.spread_order), size=int(ax.size),
                linear=ax._data is None, scaling=None if ax.scaling is None else round(float(ax.scaling), 12),
                offset=None if ax.offset is None else round(float(ax.offset), 12), data=arr(np.round(ax.get_data(), 9)))


def dwa(d):
    if d is None:
        return None
    return dict(cls=type(d).__name__, name=d.name, source=d.source.name, dim=d.dim.name, distribution=d.distribution.name,
                origin=d.origin, units=d.units, labels=list(d.labels), shape=list(d.shape), nav_indexes=[int(i) for i in d.nav_indexes],
                sig_indexes=[int(i) for i in d.sig_indexes], data=[arr(a) for a in d.data],
                errors=None if d.errors is None else [arr(a) for a in d.errors],
                axes=[axis(a) for a in sorted(d.axes, key=lambda a: (a.index, a.spread_order))],
                extra={k: jval(getattr(d, k)) for k in sorted(d.extra_attributes)}, path=getattr(d, 'path', None))


def guard(f, *a, **k):
    try:
        return f(*a, **k)
    except Exception as e:
        return {'EXC': f'{type(e).__name__}: {e}'}


def describe(path, backend='h5py', swmr=False):
    from pymodaq_data.h5modules.browsing import H5BrowserUtil
    from pymodaq_data.h5modules.data_saving import DataLoader, AxisSaverLoader
    from pymodaq_data.h5modules.backends import GROUP, StringARRAY, VLARRAY
    u = H5BrowserUtil(backend=backend)
    u.open_file(str(path), 'r', swmr_mode=swmr)
    out = dict(nodes={}, data={}, all={}, bkg={}, axes={}, logs={}, settings={})
    try:
        ld, al = DataLoader(u), AxisSaverLoader(u)
        if '/RawData' in [n.path for n in u.get_children('/').values()]:
            u._raw_group = u.get_node('/RawData')
        # get_node: walk_nodes / get_children wrap a StringARRAY as a plain VLARRAY
        nodes = {n.path: u.get_node(n.path) for n in u.walk_nodes('/')}
        for p, n in sorted(nodes.items()):
            d = dict(node=type(n).__name__, attrs={k: jval(v) for k, v in sorted(n.attrs.to_dict().items())})
            if isinstance(n, StringARRAY):
                d['n'] = len(n)
                out['logs'][p] = guard(n.read)
            elif isinstance(n, VLARRAY):
                d['rows'] = [arr(r) for r in n.read()]
            elif not isinstance(n, GROUP):
                d.update(arr(n.read()))
            else:
                s = guard(u.get_h5_attributes, p)
                if not isinstance(s, dict):
                    xs = [x for x in s[1] if x not in ('', b'')]
                    if xs:
                        out['settings'][p] = [len(x) if isinstance(x, (bytes, str)) else jval(x) for x in xs]
            out['nodes'][p] = d
        for p, n in sorted(nodes.items()):
            if isinstance(n, (GROUP, VLARRAY)):
                continue
            dt = n.attrs.get('data_type')
            if dt == 'axis':
                out['axes'][p] = guard(lambda: axis(al.load_axis(p)))
            elif dt is not None:
                out['data'][p] = guard(lambda: dwa(ld.load_data(p)))
                if p.endswith('00') and 'data' in dt:
                    out['all'][p] = guard(lambda: dwa(ld.load_data(p, load_all=True)))
                    if any(c.attrs.get('data_type') == 'bkg' for c in n.parent_node.children().values()):
                        out['bkg'][p] = guard(lambda: dwa(ld.load_data(p, with_bkg=True)))
        if '/RawData' in nodes:
            out['load_all'] = guard(lambda: sorted([dwa(d) for d in ld.load_all('/RawData')],
                                                   key=lambda d: (d['origin'], d['name'], d['path'] or '')))
        out['scans'] = guard(lambda: len(u.get_h5file_scans()))
    finally:
        u.close_file()
    return out


def xmltags(v):
    """settings XML holds paths and backend names: compare its element names only"""
    t = v.get('bytes') if isinstance(v, dict) else v
    if isinstance(t, str) and t.startswith('<'):
        import xml.etree.ElementTree as ET
        try:
            return ['xml'] + [e.tag for e in ET.fromstring(t).iter()]
        except ET.ParseError as e:
            return f'BAD XML {e}'
    return v


def strip(o, ign):
    for n in o.get('nodes', {}).values():
        n['attrs'] = {k: xmltags(v) for k, v in n['attrs'].items() if k not in ign}
    o.pop('settings', None)
    return o


def diff(a, b, p=''):
    if type(a) is not type(b) and not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        yield f'{p}: expected {a!r} got {b!r}'
    elif isinstance(a, dict):
        for k in sorted(set(a) | set(b)):
            if k not in a:
                yield f'{p}/{k}: unexpected {str(b[k])[:150]}'
            elif k not in b:
                yield f'{p}/{k}: missing (expected {str(a[k])[:150]})'
            else:
                yield from diff(a[k], b[k], f'{p}/{k}')
    elif isinstance(a, list):
        if len(a) != len(b):
            yield f'{p}: expected {len(a)} items got {len(b)}'
        for i, (x, y) in enumerate(zip(a, b)):
            yield from diff(x, y, f'{p}[{i}]')
    elif a != b and not (isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-9)):
        yield f'{p}: expected {str(a)[:200]!r} got {str(b)[:200]!r}'


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('file'); ap.add_argument('--backend', default='h5py', choices=['h5py', 'tables'])
    ap.add_argument('--compare'); ap.add_argument('-o', '--out'); ap.add_argument('--swmr', action='store_true')
    ap.add_argument('--ignore-attr', nargs='*', default=[])
    ar = ap.parse_args()
    o = describe(ar.file, ar.backend, ar.swmr)
    txt = json.dumps(o, indent=1, sort_keys=True)
    if ar.out:
        open(ar.out, 'w').write(txt)
    if ar.compare:
        ign = VOLATILE | set(ar.ignore_attr)
        ds = list(diff(strip(json.load(open(ar.compare)), ign), strip(json.loads(txt), ign)))
        print(f'{ar.file} [{ar.backend}] vs {os.path.basename(ar.compare)}: {"OK" if not ds else f"{len(ds)} differences"}')
        for d in ds[:60]:
            print('  ', d)
        return 1 if ds else 0
    if not ar.out:
        print(txt)
    return 0


if __name__ == '__main__':
    sys.exit(main())

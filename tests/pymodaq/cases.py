"""The cases that need nothing but pymodaq_data, written by the real package: `write(case, path, backend)`.

The formulas are those of `crates/pymodaq-h5/tests/support/golden.rs`. Clocks stand still.
"""
import itertools
import logging
import os
import pathlib

os.environ.setdefault('QT_QPA_PLATFORM', 'offscreen')
os.environ.setdefault('HDF5_USE_FILE_LOCKING', 'FALSE')
logging.disable(logging.CRITICAL)

import numpy as np
import pymodaq_data.data as pdata
from pymodaq_data.data import Axis, DataRaw, DataCalculated, DataDistribution, DataToExport
from pymodaq_data.h5modules.saving import H5SaverLowLevel
from pymodaq_data.h5modules.data_saving import (
    AxisSaverLoader, DataSaverLoader, DataEnlargeableSaver, DataToExportSaver, DataToExportEnlargeableSaver,
    DataToExportTimedSaver, DataToExportExtendedSaver)

T0 = 1700000000.25
_tick = itertools.count()
pdata.time = lambda: T0 + 0.5 * next(_tick)


def ax_lin(n, label='x', units='mm', index=0, start=1.0, step=0.5):
    return Axis(label, units, start + step * np.arange(n), index=index)


def ax_non(n, label='nl', units='s', index=0, spread_order=0):
    return Axis(label, units, np.arange(n, dtype=float) ** 2, index=index, spread_order=spread_order)


def d0(name='det0D', origin='Det0', k=0., err=False, n=2, **kw):
    return DataRaw(name, data=[np.array([1.5 + k + i]) for i in range(n)], labels=[f'c{i}' for i in range(n)], units='V', origin=origin,
                   errors=[np.array([.1 + i]) for i in range(n)] if err else None, **kw)


def d1(name='det1D', origin='Det1', k=0., err=False, n=1, size=5, **kw):
    return DataRaw(name, data=[np.sin(np.arange(size) + k + i) for i in range(n)], labels=[f'c{i}' for i in range(n)], units='W', origin=origin,
                   axes=[ax_lin(size, 'pix', '', 0, 0., 1.)], errors=[np.full(size, .1 + i) for i in range(n)] if err else None, **kw)


def d2(name='det2D', origin='Det2', k=0., n=1, **kw):
    return DataRaw(name, data=[(np.arange(12).reshape(3, 4) + k + 100 * i).astype('uint16') for i in range(n)], labels=[f'im{i}' for i in range(n)],
                   units='', origin=origin, axes=[ax_lin(3, 'y', 'um', 0), ax_non(4, 'x', 'um', 1)], **kw)


def low(path, be, save_type='custom', **kw):
    s = H5SaverLowLevel(save_type, backend=be)
    s.init_file(pathlib.Path(path), new_file=True, **kw)
    return s


def axes(p, be):
    s = low(p, be)
    a = AxisSaverLoader(s)
    a.add_axis('/RawData', ax_lin(6))                                           # uniform
    a.add_axis('/RawData', ax_non(6, index=1, spread_order=1))                  # spread
    a.add_axis('/RawData', Axis('one', 'V', np.array([3.25]), index=2))         # a single value
    a.add_axis('/RawData', Axis("l'\u00e9t\u00e9 \"q\" \u00b5", '\u00b5m', np.arange(4), index=0))   # int64 values, quotes, non-ASCII
    a.add_axis('/RawData', Axis('implicit', '', size=7, offset=-1., scaling=.25))  # given by offset / scaling only
    return s


def data(p, be):
    """DataSaverLoader, one group per case"""
    s = low(p, be, metadata=dict(user='me', n=3, f=2.5, l=[1, 'a'], t=(1, 2), b=True, by=b'\x00\xff', none=None, d={'k': 1}))
    sv = DataSaverLoader(s)
    g = lambda n: s.get_set_group(s.raw_group, n, title=n)
    sv.add_data(g('D0'), d0())
    sv.add_data(g('D0err'), d0(err=True))
    sv.add_data(g('D1'), d1(n=2))
    sv.add_data(g('D1err'), d1(err=True, n=2))
    sv.add_data(g('D2'), d2(n=2))
    sv.add_data(g('Extra'), d1(err=False, do_save=True, note="it's", roi=[1, 2, 3], fexp=1e-7), comment='kwarg', run=12)
    sv.add_data(g('NoAxes'), DataRaw('na', data=[np.arange(6.).reshape(2, 3)]))
    sv.add_data(g('NoSave'), d1(), save_axes=False)
    nd = np.arange(24.).reshape(2, 3, 4)
    sv.add_data(g('ND1'), DataRaw('nd1', data=[nd], nav_indexes=(0,), axes=[ax_lin(2, 'nav', 's', 0), ax_lin(3, 'y', '', 1), ax_lin(4, 'x', '', 2)]))
    sv.add_data(g('ND2'), DataRaw('nd2', data=[nd, nd + 1], nav_indexes=(0, 1), axes=[ax_lin(2, 'n0', 's', 0), ax_non(3, 'n1', 'V', 1), ax_lin(4, 'x', '', 2)],
                                  errors=[nd / 10, nd / 20]))
    sv.add_data(g('Spread'), DataRaw('spread', data=[np.arange(20.).reshape(5, 4)], nav_indexes=(0,), distribution='spread',
                axes=[ax_non(5, 'a', 'mm', 0, 0), Axis('b', 'mm', np.array([3., 1., 2., 5., 4.]), 0, spread_order=1), ax_lin(4, 'x', '', 1)]))
    for dt in ('int8', 'uint8', 'int32', 'uint64', 'float32', 'bool', 'complex128', '>f8'):
        sv.add_data(g('T_' + dt.replace('>', 'be')), DataRaw('t', data=[np.array([0, 1, 1, 0, 1]).astype(dt)]))
    sv.add_data(g('One'), DataRaw('one', data=[np.ones((1, 4)), np.zeros((1, 4))]))
    sv.add_data(g('Calc'), DataCalculated('calc', data=[np.array([np.nan, np.inf, 1.])], units='mW', origin='roi/0'))
    sv.add_data(g('Twice'), d0()); sv.add_data(s.get_node('/RawData/Twice'), d0(k=10))        # indexes go on
    return s


def bkg(p, be):
    s = low(p, be)
    dte = DataToExport('dte', [d0(), d1(n=2), d2()])
    w = DataToExportSaver(s)
    g = s.add_det_group('/RawData', title='Det', settings_as_xml='<a/>')
    w.add_data(g, dte)
    w.add_bkg(g, DataToExport('bkg', [d0(k=-1), d1(n=2, k=3.), d2(k=1)]))
    return s


def dte(p, be):
    s = low(p, be)
    w = DataToExportSaver(s)
    for i in range(2):
        g = s.add_det_group('/RawData', title=f'Det {i}', settings_as_xml='<All_settings/>', metadata=dict(mymeta=i))
        w.add_data(g, DataToExport('dte', [d0('a', f'Det {i}'), d0('b', f'Det {i}', err=True), d1('c', f'Det {i}', n=2), d2('d', f'Det {i}'),
                   DataRaw('e', data=[np.arange(24.).reshape(2, 3, 4)], nav_indexes=(1,), origin=f'Det {i}')]), settings_as_xml='<x/>', extra=1)
    s.add_act_group('/RawData', 'Act', '<All_settings/>')
    s.add_ch_group('/RawData', 'Chan'); s.add_data_group('/RawData', 'Data1D', 'dg', '<s/>'); s.add_generic_group('/RawData', 'gen')
    return s


def enlargeable(p, be):
    s = low(p, be)
    for k, mk in dict(E0=d0, E1=d1, E2=d2).items():
        w = DataEnlargeableSaver(s, enl_axis_names=('pos',), enl_axis_units=('mm',))
        g = s.get_set_group(s.raw_group, k, title=k)
        for i in range(3):
            w.add_data(g, mk(k=float(i)), axis_values=[0.5 * i ** 2])
    w = DataEnlargeableSaver(s, enl_axis_names=('p', 'q'), enl_axis_units=('mm', 's'))     # two enlargeable axes, errors
    g = s.get_set_group(s.raw_group, 'E1two')
    for i in range(3):
        w.add_data(g, d1(k=float(i), err=True), axis_values=[float(i), 10. - i ** 2])
    w = DataEnlargeableSaver(s)                                                            # chunks of a DataND with one nav axis
    g = s.get_set_group(s.raw_group, 'Chunks')
    for i in range(2):
        w.add_data(g, DataRaw('chunk', data=[np.arange(12.).reshape(3, 4) + 100 * i], nav_indexes=(0,),
                              axes=[ax_lin(3, 'nav', 's', 0, 3. * i), ax_lin(4, 'x', '', 1)]))
    w = DataEnlargeableSaver(s)                                                            # no axis values
    g = s.get_set_group(s.raw_group, 'NoAxis')
    for i in range(2):
        w.add_data(g, d1(k=float(i)))
    return s


def dte_enlargeable(p, be):
    s = low(p, be)
    w = DataToExportEnlargeableSaver(s, enl_axis_names=('a1', 'a2'), enl_axis_units=('mm', 'deg'))
    g = s.add_det_group('/RawData', title='Det')
    for i in range(3):
        w.add_data(g, DataToExport('dte', [d0(k=float(i)), d1(k=float(i), n=2), d2(k=i)]), axis_values=[float(i), 2. - i ** 2])
    return s


def dte_timed(p, be):
    s = low(p, be)
    w = DataToExportTimedSaver(s)
    g = s.add_det_group('/RawData', title='Det')
    for i in range(4):
        x = DataToExport('dte', [d0(k=float(i), err=True), d1(k=float(i)), d2(k=i)])
        x.timestamp = T0 + [0, 1, 3, 7][i]
        w.add_data(g, x)
    return s


def dte_extended(p, be):
    s = low(p, be)
    g = s.add_scan_group('/RawData', title='Scan 2D')
    w = DataToExportExtendedSaver(s, extended_shape=(3, 2))
    w.add_nav_axes(g, [ax_lin(3, 'nx', 'mm', 0), ax_non(2, 'ny', 'V', 1)])
    for ij in itertools.product(range(3), range(2)):
        if ij != (2, 1):                                     # the last point is left unvisited (fill value)
            k = float(10 * ij[0] + ij[1])
            w.add_data(g, DataToExport('dte', [d0(k=k, err=True), d1(k=k, n=2), d2(k=int(k))]), indexes=ij)
    g = s.add_scan_group('/RawData', title='Scan spread')    # 1 scan index, two spread nav axes
    w = DataToExportExtendedSaver(s, extended_shape=(4,), fill_value=0.)
    w.add_nav_axes(g, [ax_non(4, 'sx', 'mm', 0, 0), Axis('sy', 'V', np.array([4., 1., 3., 2.]), 0, spread_order=1)])
    for i in range(4):
        w.add_data(g, DataToExport('dte', [d0(k=float(i)), d1(k=float(i))]), indexes=(i,), distribution=DataDistribution.spread)
    return s


def arrays(p, be):
    """H5Backend create_*array, compression, strings, groups, comments"""
    s = low(p, be, 'custom')
    for t in ('first', '', '\u00e9 \u00b5 \u20ac', 'x' * 300, 'line1\nline2'):
        s.add_log(t)
    s.add_string_array(s.raw_group, 'Texts', title='some texts', metadata=dict(k='v'))
    g = s.get_set_group(s.raw_group, 'Arr', title='Arr', origin='raw string attribute')
    s.create_carray(g, 'c_plain', np.arange(10.), title='ti')
    s.define_compression('gzip', 5)
    s.create_carray(g, 'c_gzip', np.tile(np.arange(64, dtype='int32'), (40, 1)), title='gz')
    e = s.create_earray(g, 'e_gzip', 'float32', data_shape=(2, 3), title='e')
    e.append(np.arange(6, dtype='float32').reshape(2, 3)); e.append(np.zeros((3, 2, 3), 'float32'))
    e = s.create_earray(g, 'e_scalar', 'int64')
    e.append(np.array([7])); e.append(np.array([8]))
    e = s.create_earray(g, 'e_one', 'float64', data_shape=(1,))
    e.append(np.array([1.5])); e.append(np.array([2.5, 3.5]))
    s.compression = None
    v = s.create_vlarray(g, 'v_float', 'float64', title='ragged')
    v.append(np.arange(3.)); v.append(np.array([9.])); v.append(np.arange(5.))
    s.get_node(g, 'c_plain').attrs['comments'] = 'a comment\non two lines'
    s.add_group('ext', 'external_h5', g, metadata=dict(q=2))
    return s


def enl_swmr(p, be):
    """Enlargeable arrays, written for readers at the same time (SWMR), then finished by finalize_swmr()"""
    s = low(p, be, swmr_mode=True)
    w = DataToExportTimedSaver(s)
    g = s.add_det_group('/RawData', title='Det')
    for i in range(4):
        x = DataToExport('dte', [d0(k=float(i)), d1(k=float(i))])
        x.timestamp = T0 + i * i
        w.add_data(g, x)
        if i == 0:
            s.flush(); s.enable_swmr()
        s.flush()
    s.finalize_swmr(keep_open=True)
    return s


CASES = {f.__name__: f for f in (axes, data, bkg, dte, enlargeable, dte_enlargeable, dte_timed, dte_extended, arrays)}


# What is written for readers at the same time, which PyMoDAQ does with h5py alone.
H5PY_CASES = {f.__name__: f for f in (enl_swmr,)}


def write(case, path, backend):
    """Writes a case and closes the file."""
    global _tick
    _tick = itertools.count()
    (CASES | H5PY_CASES)[case](path, backend).close_file()

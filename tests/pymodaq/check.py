#!/usr/bin/env python3
"""Exchanges files with the real pymodaq_data, both ways: check.py DIRECTORY_OF_EXAMPLES [NAME ...]

written   what we write, read by the real loaders with h5py and with PyTables, is what they read of their own files
read      what the real savers write, both backends, is read by us as the real loaders read it
live      the real loader follows a scan and rows that we write (SWMR), each of them once it is flushed
append    each goes on where the other stopped: four orders, both backends
killed    a writer killed at random moments: every point that it said was flushed is there, and the real package opens the file
speed     points of a scan and loading, against the real package in this run (measured, and bounded only by --speed)

Options: --kills N (20), --speed to fail below 50 times, --corpus DIRECTORY to read a directory of files too.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cases
import describe

import numpy as np
from pymodaq_data.data import Axis, DataRaw, DataToExport
from pymodaq_data.h5modules.data_saving import (
    DataLoader, DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver)
from pymodaq_data.h5modules.saving import H5SaverLowLevel

FIXTURES = HERE.parent / 'fixtures' / 'pymodaq'
# Where we know better (see the README of pymodaq-h5): of data and backgrounds in one group, each has its own uncertainties.
BETTER = ['test_load_all0']
failures = []


def run(program, *arguments):
    done = subprocess.run([str(EXAMPLES / program), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f'{program} {arguments}: {done.stderr}')
    return done.stdout


def differences(expected, found):
    expected, found = json.loads(json.dumps(expected)), json.loads(json.dumps(found))
    return list(describe.diff(describe.strip(expected, describe.VOLATILE), describe.strip(found, describe.VOLATILE)))


def judge(what, told):
    if told:
        failures.append(what)
        print(f'{what}: {len(told)} differences')
        for line in told[:10]:
            print('   ', line)


def ours(files):
    # One more name, so that each line is one file's.
    lines = run('describe', *files, files[-1]).splitlines()
    return [json.loads(line) for line in lines][:len(files)]


def real_cases(place):
    """Descriptions of the cases by the real package, written and read with h5py; those of modules come from fixtures."""
    expected = {path.name.split('.')[0]: json.loads(path.read_text()) for path in FIXTURES.glob('*.expected.json')}
    for case in cases.CASES:
        for backend in ('h5py', 'tables'):
            path = place / f'{case}.{backend}.real.h5'
            cases.write(case, str(path), backend)
        expected[case] = describe.describe(place / f'{case}.h5py.real.h5')
    for case in cases.H5PY_CASES:
        path = place / f'{case}.h5py.real.h5'
        cases.write(case, str(path), 'h5py')
        expected[case] = describe.describe(path)
    return expected


def without_truth(description):
    """PyTables reads h5py's truth values as int8, h5py reads PyTables' as uint8."""
    for section in ('nodes', 'data', 'all'):
        description[section] = {k: v for k, v in description[section].items() if '/T_bool' not in k}
    if isinstance(description.get('load_all'), list):
        description['load_all'] = [one for one in description['load_all'] if one['origin'] != 'T_bool']
    return description


def check_written(place, expected):
    count = 0
    run('golden', place)
    for path in sorted(place.glob('*.h5')):
        case, backend, _ = path.name.split('.', 2)
        if path.name.endswith('.real.h5'):
            continue
        for reader in ('h5py', 'tables'):
            wanted, found = expected[case], describe.describe(path, reader)
            if reader != backend:
                wanted, found = (without_truth(json.loads(json.dumps(one))) for one in (wanted, found))
            judge(f'written {path.name} read by {reader}', differences(wanted, found))
            count += 1
    print(f'written: {count} readings')


def check_read(place):
    files = sorted(place.glob('*.real.h5'))
    for path, found in zip(files, ours(files)):
        backend = path.name.split('.')[1]
        judge(f'read {path.name}', differences(describe.describe(path, backend), found))
    print(f'read: {len(files)} files')


def check_corpus(directory):
    files = sorted(directory.rglob('*.h5'))
    compared = refused = 0
    for path, found in zip(files, ours(files)):
        import h5py
        with h5py.File(path, 'r', locking=False) as file:
            backend = 'tables' if 'PYTABLES_FORMAT_VERSION' in file.attrs else 'h5py'
        try:
            expected = describe.describe(path, backend)
        except OSError:      # it writes CLASS into files that it only reads
            refused += 1
            continue
        told = differences(expected, found)
        if not any(name in str(path) for name in BETTER):
            judge(f'corpus {path}', told)
        compared += 1
    print(f'corpus: {compared} files compared, {refused} that the real package cannot read')


def point(i):
    spectrum = DataRaw('spectrum', data=[np.arange(1000.) + 1000 * i], labels=['counts'], origin='Det',
                       axes=[Axis('wavelength', 'nm', 400. + .5 * np.arange(1000), index=0)])
    return DataToExport('point', [spectrum, DataRaw('value', data=[np.array([float(i)])], labels=['v'], origin='Det')])


def real_append(path, backend, k):
    saver = H5SaverLowLevel('scan', backend=backend)
    saver.init_file(path, new_file=not path.exists())
    group = saver.add_scan_group('/RawData', title=f'Scan {k}', settings_as_xml='<a/>')
    detector = saver.add_det_group(group, title='Det', settings_as_xml='<b/>')
    extended = DataToExportExtendedSaver(saver, extended_shape=(2, 3))
    extended.add_nav_axes(group, [Axis('y', 'mm', np.arange(2.), index=0), Axis('x', 'mm', .5 * np.arange(3), index=1)])
    for y in range(2):
        for x in range(3):
            extended.add_data(detector, point(100 * k + 10 * y + x), indexes=(y, x))
    saver.add_log(f'scan {k}')
    saver.close_file()


def real_grow(path, backend, k):
    saver = H5SaverLowLevel('scan', backend=backend)
    saver.init_file(path)
    group = saver.get_set_group('/RawData', 'Growing', 'Growing')
    timed = DataToExportTimedSaver(saver)
    for i in (2 * k, 2 * k + 1):
        data = point(i)
        data.timestamp = 1700000000. + i
        timed.add_data(group, data)
    saver.close_file()


def check_append(place):
    """Scans and rows by one program, then by the other: the content is the same whoever wrote which part."""
    for backend in ('h5py', 'tables'):
        descriptions = {}
        for order in ('rr', 'ro', 'or', 'oo'):
            path = place / f'append.{backend}.{order}.h5'
            for k, who in enumerate(order):
                if who == 'r':
                    real_append(path, backend, k)
                    real_grow(path, backend, k)
                else:
                    run('points', 'append', path, backend, k)
                    run('points', 'grow', path, backend, k)
            descriptions[order] = json.loads(json.dumps(describe.describe(path, backend)))
            assert descriptions[order]['logs']['/RawData/Logger'] == ['scan 0', 'scan 1'], order
            scans = [p for p in descriptions[order]['nodes'] if p.startswith('/RawData/Scan') and p.count('/') == 2]
            assert len(scans) == 2, scans
            rows = descriptions[order]['data']['/RawData/Growing/Data0D/CH00/EnlData00']
            assert rows['shape'] == [4], rows
            [found] = ours([path])
            judge(f'append {backend} {order} read by us', differences(descriptions[order], found))
        for order in ('ro', 'or', 'oo'):
            # Units are noted of all that we began, and of nothing that the real savers did.
            wanted, found = (unitless(descriptions[one]) for one in ('rr', order))
            judge(f'append {backend} {order}', differences(wanted, found))
    print('append: 8 files')


def check_live(place, points=200):
    """Looks at a scan after each flushed point, from the first to the last, by a loader of its own."""
    path = place / 'live.h5'
    writer = subprocess.Popen([str(EXAMPLES / 'points'), 'swmr', str(path), str(points), '5'],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    latest, i = 0., -1
    for line in writer.stdout:
        i, begin = int(line), time.perf_counter()
        # DataLoader(path, swmr_mode=True) must not be used on a file that is being written: it opens it without SWMR first, and when
        # that fails, makes a new file in its place (pymodaq_data 5.3.0).
        saver = H5SaverLowLevel('custom', backend='h5py')
        saver.open_file(path, 'r', swmr_mode=True)
        assert saver.h5file.swmr_mode, 'not followed'
        reader = DataLoader(saver)
        base = '/RawData/Scan000/Detector000'
        scan = reader.load_data(f'{base}/Data1D/CH00/Data00', load_all=True)
        assert scan.shape == (points, 1000) and {axis.label for axis in scan.axes} == {'wavelength', 'x'}, scan
        for j in {0, i // 2, i}:
            assert (scan.data[0][j] == np.arange(1000.) + 1000 * j).all(), f'point {j} of {i}'
        value = reader.load_data(f'{base}/Data0D/CH00/Data00').data[0]
        assert (value[:i + 1] == np.arange(i + 1)).all(), f'values up to {i}'
        rows = reader.load_data('/RawData/Growing/Data1D/CH00/EnlData00')
        # The writer goes on meanwhile.
        assert rows.shape[0] >= i + 1 and rows.shape[1:] == (1000,), (rows.shape, i)
        assert (rows.data[0][i] == np.arange(1000.) + 1000 * i).all(), f'row {i}'
        [times] = [axis for axis in rows.axes if axis.label == 'time']
        assert times.get_data()[i] == 1700000000. + i * i, f'time {i}'
        reader.close_file()
        latest = max(latest, time.perf_counter() - begin)
        if i == points - 1:
            writer.stdin.close()
    assert writer.wait() == 0 and i == points - 1, 'the writer failed'
    loader = DataLoader(path)
    assert not loader.h5saver.h5file.attrs['swmr_active']
    node = loader.get_node('/RawData/Growing/Data1D/CH00/EnlData00')
    assert node.attrs['shape'] == node.node.shape == (points, 1000), node.attrs['shape']
    assert loader.get_node('/RawData/Growing/NavAxes/Axis00').attrs['size'] == points
    assert (loader.load_data('/RawData/Scan000/Detector000/Data0D/CH00/Data00').data[0] == np.arange(points)).all()
    loader.close_file()
    print(f'live: {points} points followed, each seen once it was flushed; the longest look took {latest * 1e3:.0f} ms')


def unitless(description):
    description = json.loads(json.dumps(description))
    for node in description['nodes'].values():
        if node['attrs'].get('data_type') in ('data', 'data_enlargeable'):
            node['attrs'].pop('units', None)
    return description


def check_killed(place, kills):
    """Kills a scan at random moments; what it printed before was flushed."""
    seed = random.Random(7)
    least, most = None, 0
    for kill in range(kills):
        path = place / 'killed.h5'
        path.unlink(missing_ok=True)
        writer = subprocess.Popen([str(EXAMPLES / 'points'), 'scan', str(path), '3000'], stdout=subprocess.PIPE)
        first = writer.stdout.readline()
        time.sleep(seed.uniform(0, .2))
        writer.send_signal(signal.SIGKILL)
        lines = (first + writer.stdout.read()).decode().splitlines(keepends=True)
        writer.wait()
        # A line that was cut short tells of a point too, but not of which.
        flushed = [int(line) for line in lines if line.endswith('\n') and line.strip().isdigit()]
        last = flushed[-1]
        loader = DataLoader(path)
        try:
            base = '/RawData/Scan000/Detector000'
            value = loader.get_node(f'{base}/Data0D/CH00/Data00').read()
            spectrum = loader.get_node(f'{base}/Data1D/CH00/Data00')
            assert (value[:last + 1] == np.arange(last + 1)).all(), f'kill {kill}: values up to {last}'
            for i in {0, last // 2, last}:
                row = spectrum[i]
                assert (row == np.arange(1000.) + 1000 * i).all(), f'kill {kill}: spectrum {i} of {last}'
        finally:
            loader.close_file()
        least, most = min(last, least if least is not None else last), max(last, most)
    print(f'killed: {kills} of {kills} files open, with {least} to {most} points flushed and there')


def check_speed(place, bounded):
    points = 60
    path = place / 'speed.real.h5'
    saver = H5SaverLowLevel('scan', backend='h5py')
    saver.init_file(path, new_file=True)
    group = saver.add_scan_group('/RawData', title='Scan')
    detector = saver.add_det_group(group, title='Det')
    extended = DataToExportExtendedSaver(saver, extended_shape=(points,))
    extended.add_nav_axes(group, [Axis('x', 'mm', np.arange(float(points)), index=0)])
    data = [point(i) for i in range(points)]
    extended.add_data(detector, data[0], indexes=(0,))
    begin = time.perf_counter()
    for i in range(1, points):
        extended.add_data(detector, data[i], indexes=(i,))
    theirs = (time.perf_counter() - begin) / (points - 1)
    saver.close_file()
    told = run('points', 'scan', place / 'speed.ours.h5', 10000, 'quiet')
    mine = float(told.splitlines()[-1].split()[1]) / 1e6
    print(told.rstrip())
    print(f'a point: theirs {theirs * 1e3:.2f} ms, ours {mine * 1e3:.4f} ms: {theirs / mine:.0f} times')
    run('points', 'nodes', place / 'nodes.h5', 60)
    loader = DataLoader(place / 'nodes.h5')
    nodes = sum(1 for _ in loader.walk_nodes('/'))
    begin = time.perf_counter()
    loader.load_all('/RawData')
    theirs_load = time.perf_counter() - begin
    loader.close_file()
    told = run('points', 'load', place / 'nodes.h5')
    mine_load = float(told.split()[-2])
    print(f'{nodes} nodes: theirs {theirs_load:.2f} s, ours {mine_load:.4f} s: {theirs_load / mine_load:.0f} times')
    if bounded and (theirs < 50 * mine or theirs_load < 50 * mine_load):
        failures.append('speed')


def main():
    global EXAMPLES
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('examples', type=pathlib.Path)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--speed', action='store_true')
    parser.add_argument('--corpus', type=pathlib.Path)
    arguments = parser.parse_args()
    EXAMPLES = arguments.examples.resolve()
    asked = lambda name: not arguments.names or name in arguments.names
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        if asked('written') or asked('read'):
            expected = real_cases(place)
        if asked('written'):
            check_written(place, expected)
        if asked('read'):
            check_read(place)
        if arguments.corpus:
            check_corpus(arguments.corpus)
        if asked('live'):
            check_live(place)
        if asked('append'):
            check_append(place)
        if asked('killed'):
            check_killed(place, arguments.kills)
        if asked('speed'):
            check_speed(place, arguments.speed)
    for what in failures:
        print('FAILED', what)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""h5pyd and h5-hsds on the same service, one workload after the other, in turns.

    python bench.py ENDPOINT DIRECTORY_OF_EXAMPLES [repeats]

Seconds are the best of the repeats; requests are counted in h5pyd, and by the service otherwise. Of appended rows, the time of a bare socket is
told too: one request for each row, the cheapest that the service has for it, and nothing that a client does besides. H5_ONLY names workloads.
"""

import base64
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time

import numpy as np
import requests

COUNT = 0
SEND = requests.Session.send


def counted(self, *arguments, **options):
    global COUNT
    COUNT += 1
    return SEND(self, *arguments, **options)


requests.Session.send = counted
import h5pyd  # noqa: E402  (the counter is in place first)
from h5pyd import hsds_plugin  # noqa: E402

ENDPOINT, PROGRAMS = sys.argv[1], sys.argv[2]
REPEATS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
OPTIONS = {"endpoint": ENDPOINT, "username": "test_user1", "password": "test"}
DOMAIN = "/home/test_user1/bench-%s.h5"
SHAPE, CHUNK = (1250, 10000), (25, 10000)
DATA = np.random.default_rng(1).normal(size=SHAPE)


def service_requests():
    info = json.loads(requests.get(ENDPOINT + "/info", auth=("test_user1", "test")).text)
    return sum(info["req_count"][method] for method in ("GET", "POST", "PUT", "DELETE"))


def rescan(name):
    for order in ("flush", "rescan"):
        for _ in range(10):
            answer = requests.put(ENDPOINT + "/", params={"domain": DOMAIN % name, order: 1}, auth=("test_user1", "test"), timeout=200)
            if answer.status_code in (200, 204):
                break
            time.sleep(1)


def write():
    with h5pyd.File(DOMAIN % "big", "w", **OPTIONS) as file:
        file.create_dataset("d", data=DATA, chunks=CHUNK)


def read():
    with h5pyd.File(DOMAIN % "big", "r", **OPTIONS) as file:
        assert file["d"][...].shape == SHAPE


def append():
    with h5pyd.File(DOMAIN % "rows", "w", **OPTIONS) as file:
        rows = file.create_dataset("d", shape=(0, 1000), maxshape=(None, 1000), dtype="f8", chunks=(125, 1000))
        for number in range(200):
            rows.resize(number + 1, axis=0)
            rows[number] = DATA[number, :1000]
            file.flush()


def many():
    with h5pyd.File(DOMAIN % "many", "w", **OPTIONS) as file:
        for number in range(1000):
            small = file.create_dataset(f"d{number:04d}", data=np.arange(10.0) + number)
            for key, value in (("units", "V"), ("scale", 1.5), ("n", number), ("arr", np.arange(3)), ("label", f"x{number}")):
                small.attrs[key] = value


def listing():
    with h5pyd.File(DOMAIN % "many", "r", **OPTIONS) as file:
        assert sum(len(dict(small.attrs)) for small in file.values()) == 5000


def fresh():
    """As `listing`, of what is there now: without the summary, which h5pyd has no option to leave out."""
    begin = hsds_plugin.HsdsPlugin.__init__
    hsds_plugin.HsdsPlugin.__init__ = lambda self, *arguments, **options: begin(self, *arguments, **{**options, "getobjs": False})
    try:
        listing()
    finally:
        hsds_plugin.HsdsPlugin.__init__ = begin


def bare():
    """Seconds that 200 rows take which are appended by a bare socket."""
    asked = {"params": {"domain": DOMAIN % "bare"}, "auth": ("test_user1", "test"), "timeout": 60}
    requests.delete(ENDPOINT + "/", **asked)
    requests.put(ENDPOINT + "/", json={}, **asked).raise_for_status()
    layout = {"layout": {"class": "H5D_CHUNKED", "dims": [125, 1000]}}
    new = {"type": "H5T_IEEE_F64LE", "shape": [0, 1000], "maxdims": [0, 1000], "creationProperties": layout}
    made = requests.post(ENDPOINT + "/datasets", json=new, **asked).json()["id"]
    host, port = ENDPOINT.removeprefix("http://").split(":")
    head = (
        f"PUT /datasets/{made}/value?domain={DOMAIN % 'bare'}&append=1 HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Basic {base64.b64encode(b'test_user1:test').decode()}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 8000\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        for number in range(200):
            connection.sendall(head + DATA[number, :1000].tobytes())
            answer = b""
            while not answer.endswith(b"\r\n\r\n{}"):
                answer += connection.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 200"), answer
        return time.perf_counter() - begun


def ours(workload):
    done = subprocess.run([os.path.join(PROGRAMS, "hsds_bench"), ENDPOINT, workload], stdout=subprocess.PIPE, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
    return float(re.search(r"seconds ([0-9.]+)", done.stdout).group(1))


def main():
    global COUNT
    print(f"{'workload':10} {'h5pyd s':>9} {'requests':>9} {'h5 s':>9} {'requests':>9} {'times':>6}")
    only = os.environ.get("H5_ONLY", "")
    for name, work in (("write", write), ("read", read), ("append", append), ("many", many), ("listing", listing), ("fresh", fresh)):
        if only and name not in only.split(","):
            continue
        theirs_s, ours_s, scans_s, bare_s = [], [], [], []
        for _ in range(REPEATS):
            if name == "listing":
                # h5pyd reads the service's summary, which is up to 20 s old: here it is given a fresh one.
                begun = time.perf_counter()
                rescan("many")
                scans_s.append(time.perf_counter() - begun)
            COUNT, begun = 0, time.perf_counter()
            work()
            theirs_s.append(time.perf_counter() - begun)
            theirs_n = COUNT
            if name == "append":
                bare_s.append(bare())
            before = service_requests()
            ours_s.append(ours("listing" if name == "fresh" else name))
            ours_n = service_requests() - before - 1
        if scans_s:
            print(f"the summary that h5pyd reads: {min(scans_s):.3f} s to make, median {statistics.median(scans_s):.3f}")
        if bare_s:
            print(f"a bare socket: {min(bare_s):.3f} s, median {statistics.median(bare_s):.3f}: {min(theirs_s) / min(bare_s):.2f} times as fast as h5pyd")
        a, b = min(theirs_s), min(ours_s)
        print(f"{name:10} {a:9.3f} {theirs_n:9} {b:9.3f} {ours_n:9} {a / b:6.2f}   medians {statistics.median(theirs_s):.3f} {statistics.median(ours_s):.3f}", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the real HSDS on the loopback interface, for tests: one service node, one data node, files in a directory of its own.

    python serve.py [--set key=value ...]

It chooses a free port, prints `READY ENDPOINT PID` and serves until its standard input ends, so that nothing stays behind whoever started
it and however that ended. Lines on the standard input are orders: `kill` kills all nodes at once (-9), `start` starts them again on the same
port and files; each is answered by a line. SIGUSR1 does both, two seconds apart. SIGTERM, SIGINT and SIGHUP end it. The nodes are killed in
the end: their files go too, and an orderly end of theirs waits for clients.
"""

import argparse
import base64
import ctypes
import glob
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# The service listens on all interfaces by itself; here it listens on this machine's own.
NODE = """
import aiohttp.web as web
run = web.run_app
def run_here(app, **options):
    if options.get("sock") is None and options.get("path") is None:
        options["host"] = "127.0.0.1"
    options.setdefault("print", None)
    return run(app, **options)
web.run_app = run_here
from hsds.node_runner import main
main()
"""
BUCKET = "tests"
USERS = ("admin:admin", "test_user1:test", "test_user2:test")
FOLDERS = (("/home", "admin"), ("/home/test_user1", "test_user1"), ("/home/test_user2", "test_user2"))
SETTINGS = {
    "log_level": "ERROR",
    "head_sleep_time": 2,
    "node_sleep_time": 2,
    "default_public": "false",
    "allow_noauth": "true",
    "chunk_mem_cache_size": "512m",
    "metadata_mem_cache_size": "128m",
}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
LIBC = ctypes.CDLL(None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent():
    LIBC.prctl(1, signal.SIGKILL)


class Failed(Exception):
    """The service does not run, and why."""


class Service:
    def __init__(self, directory, settings, signals):
        self.directory, self.signals = directory, signals
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self.socket = os.path.join(directory, "dn_1.sock")
        self.nodes = []
        config = os.path.join(directory, "config")
        for name in ("config", "log", os.path.join("data", BUCKET)):
            os.makedirs(os.path.join(directory, name))
        packaged = os.path.dirname(importlib.util.find_spec("admin").origin)
        shutil.copy(os.path.join(packaged, "config", "config.yml"), config)
        with open(os.path.join(config, "override.yml"), "w") as out:
            out.writelines(f"{key}: {value}\n" for key, value in settings.items())
        passwords, groups = os.path.join(config, "passwd.txt"), os.path.join(config, "groups.txt")
        with open(passwords, "w") as out:
            out.write("\n".join(USERS) + "\n")
        with open(groups, "w") as out:
            out.write("admins: admin\n")
        self.arguments = [
            "--standalone",
            f"--dn_urls=http+unix://{self.socket.replace('/', '%2F')}",
            f"--hsds_endpoint={self.endpoint}",
            "--use_socket",
            f"--config_dir={config}",
            f"--root_dir={os.path.join(directory, 'data')}",
            f"--bucket_name={BUCKET}",
            f"--password_file={passwords}",
            f"--groups_file={groups}",
        ]

    def spawn(self, name, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("HS_", "AWS_", "AZURE_"))}
        with open(os.path.join(self.directory, "log", name), "ab") as log:
            self.nodes.append(
                subprocess.Popen(
                    [sys.executable, "-c", NODE, *arguments, f"--log_prefix={name} ", *self.arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    cwd=self.directory,
                    preexec_fn=end_with_parent,
                )
            )

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.spawn("dn", "--node_type=dn", "--node_number=0")
        self.spawn("sn", "--node_type=sn", f"--sn_url={self.endpoint}")
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if select.select([self.signals], [], [], 0)[0]:
                raise Failed("told to end while it started")
            if any(node.poll() is not None for node in self.nodes):
                raise Failed("a node ended by itself:\n" + self.log())
            try:
                about = json.load(OPENER.open(self.endpoint + "/about", timeout=5))
                if about["state"] == "READY" and os.path.exists(self.socket):
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failed("not ready within two minutes:\n" + self.log())

    def log(self):
        texts = []
        for name in ("dn", "sn"):
            with open(os.path.join(self.directory, "log", name), errors="replace") as log:
                texts.append(log.read()[-3000:])
        return "\n".join(texts)

    def end(self):
        for node in self.nodes:
            node.kill()
        for node in self.nodes:
            node.wait()
        self.nodes = []

    def make_folders(self):
        secret = base64.b64encode(b"admin:admin").decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        for path, owner in FOLDERS:
            body = json.dumps({"folder": 1, "owner": owner}).encode()
            url = f"{self.endpoint}/?domain={path}"
            OPENER.open(urllib.request.Request(url, data=body, headers=headers, method="PUT"), timeout=60)


def serve(service, signals):
    while True:
        ready, _, _ = select.select([sys.stdin, signals], [], [])
        if signals in ready:
            if any(number != signal.SIGUSR1 for number in signals.recv(64)):
                return
            service.end()
            time.sleep(2)
            service.start()
            continue
        order = sys.stdin.readline()
        if not order:
            return
        if order.strip() == "kill":
            service.end()
        elif order.strip() == "start":
            service.start()
        print("DONE", order.strip(), flush=True)


def listen_to_signals():
    """A socket that tells which signals came: what is under way is not cut off in the middle."""
    told, teller = socket.socketpair()
    teller.setblocking(False)
    signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return told, teller


def started(directory, settings, signals):
    """A running service. The free port may be taken by another before the node has it; then there is another one."""
    for attempt in range(3):
        service = Service(os.path.join(directory, str(attempt)), settings, signals)
        try:
            service.start()
            service.make_folders()
            return service
        except Failed as failed:
            service.end()
            if attempt == 2 or "address already in use" not in str(failed):
                raise
    raise AssertionError


def remove_left_over():
    """Files of services that were killed."""
    for place in glob.glob(os.path.join(tempfile.gettempdir(), "hsds-*-")):
        pid = os.path.basename(place).split("-")[1]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(place, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[], metavar="key=value")
    given = dict(item.split("=", 1) for item in parser.parse_args().set)
    signals, _teller = listen_to_signals()
    remove_left_over()
    directory = os.path.join(tempfile.gettempdir(), f"hsds-{os.getpid()}-")
    os.mkdir(directory, 0o700)
    service = None
    try:
        service = started(directory, {**SETTINGS, **given}, signals)
        print("READY", service.endpoint, os.getpid(), flush=True)
        serve(service, signals)
    except Failed as failed:
        sys.exit(str(failed))
    finally:
        if service:
            service.end()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs a command of the program on each file of a folder and holds it to bounds of time, memory and ending.

    malformed.py [--seconds 1] [--mebibytes 64] [--json] PROGRAM FOLDER [COMMAND ...]

A COMMAND is one argument, such as "digest" or "dump --access deny"; without any, the reading commands are run. A run passes
if it exits with 0, 1 or 2 (answers), writes no panic message, and stays within the bounds. The exit code is 1 if any fails.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

COMMANDS = ["digest", "check", "dump", "tree", "ls -r", "info", "stat"]
ANSWERS = {0, 1, 2}
# A run that is this many times over its time is stopped.
PATIENCE = 10
# Stops what would take the machine's memory; the bound that counts is the resident memory.
ADDRESS_SPACE_BYTES = 8 << 30
# Output is thrown away past this: dumps of lying extents are long by right.
STDERR_KEPT_BYTES = 1 << 16


def limit_child():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def measure(arguments, seconds):
    """Seconds, resident bytes at most, exit status (negative: a signal), standard error, and whether it was stopped."""
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        child = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=limit_child,
        )
        stopper = threading.Timer(seconds * PATIENCE, child.kill)
        stopper.start()
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        stopped = stopper.finished.is_set() and child.returncode == -signal.SIGKILL
        stopper.cancel()
        errors.seek(0)
        said = errors.read(STDERR_KEPT_BYTES)
    return elapsed, usage, child.returncode, said, stopped


def faults_of(run, bounds):
    faults = []
    if run["stopped"]:
        faults.append("stopped")
    elif run["status"] not in ANSWERS:
        faults.append(f"status {run['status']}")
    if "panicked at" in run["stderr"] or "overflowed its stack" in run["stderr"]:
        faults.append("panic")
    if run["seconds"] > bounds.seconds:
        faults.append(f"{run['seconds']:.2f} s")
    if run["mebibytes"] > bounds.mebibytes:
        faults.append(f"{run['mebibytes']:.0f} MiB")
    # What a terminal would act on never comes out raw.
    if any(byte < 0x20 and byte not in (0x09, 0x0A) or byte == 0x7F for byte in run["stderr"].encode()):
        faults.append("control characters")
    return faults


def sweep(program, files, command, bounds):
    runs = []
    for file in files:
        arguments = [program, *command.split(), str(file)]
        elapsed, usage, status, said, stopped = measure(arguments, bounds.seconds)
        # ru_maxrss counts KiB on Linux. A child starts as a copy of this process, whose own size it cannot go below.
        run = {
            "command": command,
            "file": file.name,
            "seconds": elapsed,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "mebibytes": usage.ru_maxrss / 1024,
            "status": status,
            "stopped": stopped,
            "stderr": said.decode("utf-8", "replace"),
        }
        run["faults"] = faults_of(run, bounds)
        runs.append(run)
    return runs


def summary(command, runs):
    slowest = max(runs, key=lambda run: run["seconds"])
    largest = max(runs, key=lambda run: run["mebibytes"])
    codes = {}
    for run in runs:
        codes[run["status"]] = codes.get(run["status"], 0) + 1
    failed = sum(bool(run["faults"]) for run in runs)
    exits = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    return (
        f"{command:<12} {len(runs)} files, {failed} over; {slowest['seconds']:.2f} s ({slowest['file']}), "
        f"{largest['mebibytes']:.0f} MiB ({largest['file']}); exits {exits}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the h5 program")
    parser.add_argument("folder", type=Path, help="folder of files, or one file")
    parser.add_argument("commands", nargs="*", help="commands with their flags, each one argument")
    parser.add_argument("--seconds", type=float, default=1.0, help="most time for one run")
    parser.add_argument("--mebibytes", type=float, default=64.0, help="most resident memory of one run")
    parser.add_argument("--json", action="store_true", help="every run as one line of JSON")
    bounds = parser.parse_args()
    files = [bounds.folder]
    if bounds.folder.is_dir():
        files = sorted(path for path in bounds.folder.rglob("*") if path.is_file() and path.suffix != ".md")
    if not files:
        sys.exit(f"{bounds.folder}: no files")
    failed = False
    for command in bounds.commands or COMMANDS:
        runs = sweep(bounds.program, files, command, bounds)
        for run in runs:
            failed |= bool(run["faults"])
            if bounds.json:
                print(json.dumps(run))
            elif run["faults"]:
                print(f"{command} {run['file']}: {', '.join(run['faults'])}")
        if not bounds.json:
            print(summary(command, runs), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

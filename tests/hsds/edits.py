#!/usr/bin/env python3
"""Commands of `h5` that change or follow files, on a file and on a domain: both say the same, and are the same in the end.

    edits.py ENDPOINT DIRECTORY_OF_H5
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from commands import HOME, Commands

# One after the other, F stands for the file or the domain. The number is the exit status that is expected, if it is not 0.
EDITS = [
    ["mkgroup", "-p", "F::/a/b/c", "F::/plain"],
    ["mkgroup", "F::/plain", 2],
    ["set", "F::/a/numbers", "--value", "[1, 2, 3, 4]"],
    ["set", "F::/a/numbers[1:3]", "--value", "[20, 30]"],
    ["set", "F::/a/grid", "--value", "[[1.5, 2.5], [3.5, -0.25]]", "--type", "float64 big-endian"],
    ["set", "F::/a/text", "--value", '["one", "", "\u00e9t\u00e9"]'],
    ["set", "F::/a/words", "--value", '["ab", "c"]', "--type", "string(4)"],
    ["set", "F::/a/scalar", "--value", "5"],
    ["set", "F::/a/scalar", "--value", "6"],
    ["set", "F::/a/record", "--value", '[{"x": 1, "y": 0.5}, {"x": -2, "y": 3}]', "--type", "{x: int8, y: float32}"],
    ["set", "F::/rows", "--value", "[[0, 1, 2]]", "--max-shape", "*x3", "--chunks", "100x3", "--deflate", "4", "--shuffle"],
    ["set", "F::/rows", "--value", "[[3, 4, 5], [6, 7, 8]]", "--append"],
    ["set", "F::/new/place", "--value", "1", 2],
    ["set", "-p", "F::/new/place", "--value", "1"],
    ["set", "F::/a/numbers", "--value", "[9.5]", "--replace", "--type", "float32"],
    ["attr", "set", "F::/a/grid", "units", "V"],
    ["attr", "set", "F::/a/grid", "scale", "[0.5, 2]"],
    ["attr", "set", "F::/a/grid", "scale", "3"],
    ["attr", "set", "F", "title", "a domain"],
    ["attr", "get", "F::/a/grid", "units"],
    ["attr", "get", "F::/a/grid", "scale"],
    ["attr", "get", "F::/a/grid", "nothing", 2],
    ["attr", "list", "F::/a/grid"],
    ["attr", "set", "F::/a/grid", "short", "1"],
    ["attr", "rm", "F::/a/grid", "short"],
    ["attr", "list", "--json", "F::/a/grid"],
    ["ln", "F::/a/grid", "F::/plain/hard"],
    ["ln", "-s", "/a/text", "F::/plain/soft"],
    ["ln", "-s", "/nowhere", "F::/plain/dangling"],
    ["ln", "-e", "other.h5::/x", "F::/plain/external"],
    ["ln", "F::/a/grid", "F::/plain/hard", 2],
    ["ls", "F::/plain"],
    ["mv", "F::/a/text", "F::/plain/moved"],
    ["mv", "F::/a/words", "F::/plain/moved", 2],
    ["mv", "-f", "F::/a/words", "F::/plain/moved"],
    ["mv", "F::/a/b", "F::/a/renamed"],
    ["rm", "F::/a", 2],
    ["rm", "F::/new/place"],
    ["rm", "-r", "F::/new"],
    ["rm", "F::/a/grid"],
    ["rm", "F::/nothing", 2],
    ["cp", "F::/plain/hard", "F::/copied"],
    ["get", "F::/plain/hard"],
    ["get", "F::/rows[1:,::2]", "--json"],
    ["get", "F::/plain/moved", "--format", "csv"],
    ["get", "F::/a/record", "--json"],
    ["dump", "F"],
    ["tail", "-n", "2", "F::/rows"],
]


class Both(Commands):
    """A file and a domain that are changed alike."""

    def __init__(self, endpoint, programs, place):
        super().__init__(endpoint, programs, place)
        self.file, self.domain = os.path.join(place, "edited.h5"), f"{self.scheme}{HOME}/edited-{os.getpid()}.h5"

    def says(self, place, words, expected):
        process = self.start(*(word.replace("F::", f"{place}::") if word != "F" else place for word in words))
        out, err = process.communicate(timeout=120)
        if process.returncode != expected:
            sys.exit(f"ended with {process.returncode} instead of {expected}: {out}{err}")
        # Names of the files differ, and what they are says no more than the status.
        return out.replace(place, "F") if expected == 0 else ""

    def edit(self, words):
        words, expected = (words[:-1], words[-1]) if isinstance(words[-1], int) else (words, 0)
        one, other = (self.says(place, words, expected) for place in (self.file, self.domain))
        if one != other:
            sys.exit(f"of the file it says\n{one}\nand of the domain\n{other}")

    def followed(self, *arguments, rows):
        """The rows that a command tells of while some are appended."""
        process = self.start(*arguments, "--json", "--interval", "100", f"{self.domain}::/rows")
        time.sleep(1)
        for row in rows:
            self.run("set", f"{self.domain}::/rows", "--value", json.dumps([row]), "--append")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        if process.returncode != 0:
            sys.exit(f"ended with {process.returncode}: {err}")
        return [(line["row"], line["value"]) for line in map(json.loads, out.splitlines())]


def follow(both):
    """Rows are told of as they come, once each, and filled: the service makes a dataset longer before it fills it."""
    rows = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    for command, shown in ((["tail", "-f", "-n", "1"], 1), (["watch"], None)):
        more = [[len(rows) + number, 1, -1] for number in range(3)]
        expected = list(enumerate(rows + more))[len(rows) - shown if shown else 0 :]
        found = both.followed(*command, rows=more)
        rows += more
        if found != expected:
            sys.exit(f"{command} told of {found}, expected were {expected}")


def pymodaq(both, place):
    """A scan in PyMoDAQ's form, made as a file and copied: what the commands say of it."""
    scan, domain = os.path.join(place, "scan.h5"), both.domain.replace("edited", "scan")
    both.run("demo", scan)
    both.run("cp", scan, domain)
    for words in (["ls", "--all"], ["show"], ["log"]):
        one, other = (both.run("pymodaq", *words, name).replace(name, "F") for name in (scan, domain))
        if one != other:
            sys.exit(f"of the file it says\n{one}\nand of the domain\n{other}")
    both.run("digest", domain)


def main():
    endpoint, programs = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as place:
        both = Both(endpoint, os.path.abspath(programs), place)
        for name in (both.file, both.domain):
            both.run("new", name)
        for words in EDITS:
            both.edit(words)
        both.run("diff", both.file, both.domain)
        follow(both)
        pymodaq(both, place)


if __name__ == "__main__":
    main()

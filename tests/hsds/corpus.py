#!/usr/bin/env python3
"""Files of the corpus, by `h5 cp` to the service and back: what comes back is compared with the original by the C library's account.

    corpus.py ENDPOINT DIRECTORY_OF_H5 CORPUS [--only TEXT] [--every N]

corpus.txt beside this script names the files, and below each what the service does not hold of it, and why. A loss that is not listed fails,
and so does a listed one that did not occur. CORPUS holds files/ and same_content.py.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

# What tells how objects are stored, which is not what they hold.
HOW = {"storage", "layout", "filters", "refcount"}
HERE = os.path.dirname(os.path.abspath(__file__))


def listed():
    """Each file with its losses: a text that the account of the difference holds, and the reason."""
    files = {}
    with open(os.path.join(HERE, "corpus.txt")) as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            if not line.startswith(" "):
                losses = files.setdefault(line.strip(), [])
            else:
                losses.append([part.strip() for part in line.split(" -- ", 1)])
    return files


def run(command, environment, timeout=300):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def leaves(record, path=""):
    """The values of a record by their places in it."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(record, list) and any(isinstance(item, (dict, list)) for item in record):
        for number, item in enumerate(record):
            name = item.get("name", number) if isinstance(item, dict) else number
            yield from leaves(item, f"{path}[{name}]")
    else:
        yield path, json.dumps(record)


def describe(corpus, path):
    """What the C library says of a file, without how it is stored."""
    oracle = [sys.executable, os.path.join(corpus, "oracle.py"), os.path.abspath(path)]
    account = json.loads(run(oracle, None)[1])
    for record in account["objects"].values():
        for key in HOW & set(record):
            del record[key]
        if "fill" in record:
            record["fill"] = {key: record["fill"][key] for key in ("defined", "value_hex") if key in record["fill"]}
    return account


def details(corpus, original, back):
    """What two files say differently of themselves, value by value."""
    one, other = describe(corpus, original), describe(corpus, back)
    lines = []
    for kind in ("objects", "links"):
        for path in sorted(set(one[kind]) | set(other[kind])):
            a, b = one[kind].get(path), other[kind].get(path)
            if a is None or b is None:
                lines.append(f"{kind} {path}: only in the {'copy' if a is None else 'original'}")
                continue
            a, b = dict(leaves(a)), dict(leaves(b))
            for place in sorted(set(a) | set(b)):
                if a.get(place) != b.get(place):
                    lines.append(f"{kind} {path} {place}: {a.get(place, 'nothing')[:80]} -> {b.get(place, 'nothing')[:80]}")
    return lines


def round_trip(h5, scheme, original, number, corpus, place, environment):
    """What differs between a file and what came back of it, a line each."""
    domain = f"{scheme}/home/test_user1/corpus-{os.getpid()}-{number}.h5"
    back = os.path.join(place, os.path.basename(original))
    differences = []
    try:
        for step, source, target in (("to", original, domain), ("from", domain, back)):
            status, _, said = run([h5, "cp", "--skip-errors", source, target], environment)
            # Remarks tell of losses, which the comparison finds too; what ends a copy is one itself.
            if status not in (0, 1):
                return [f"cp {step}: {said.strip() or f'exit status {status}'}"]
        same = [sys.executable, os.path.join(corpus, "same_content.py"), original, back]
        status, said, warned = run(same, environment)
        if status == 2:
            return [f"not compared: {said}{warned}"]
        if status == 1:
            differences = details(corpus, original, back) or [said]
    finally:
        if os.path.exists(back):
            os.remove(back)
    return differences


def main():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "programs", "corpus"):
        parser.add_argument(name)
    parser.add_argument("--only", default="", help="files with this text in their paths")
    parser.add_argument("--every", type=int, default=1, help="a sample: every so-manieth of them")
    given = parser.parse_args()
    endpoint, programs, corpus = given.endpoint, given.programs, given.corpus
    h5 = os.path.abspath(os.path.join(programs, "h5"))
    environment = {**os.environ, "HS_ENDPOINT": endpoint, "HS_USERNAME": "test_user1", "HS_PASSWORD": "test"}
    files = {path: losses for path, losses in listed().items() if given.only in path}
    files = dict(list(files.items())[:: given.every])
    scheme, bad, whole = endpoint.replace("http", "hsds", 1), 0, 0
    with tempfile.TemporaryDirectory() as place:
        environment["HOME"] = place
        for number, (path, losses) in enumerate(files.items()):
            begun = time.monotonic()
            original = os.path.join(corpus, "files", path)
            differences = round_trip(h5, scheme, original, number, corpus, place, environment)
            unlisted = [d for d in differences if not any(text in d for text, _ in losses)]
            absent = [text for text, _ in losses if not any(text in d for d in differences)]
            bad += bool(unlisted or absent)
            whole += not differences
            word = "equal" if not differences else f"{len(differences)} losses"
            print(f"{path}: {word}, {time.monotonic() - begun:.1f} s", flush=True)
            for line in unlisted:
                print("  not listed: " + re.sub(r"\s+", " ", line)[:400])
            for text in absent:
                print(f"  listed, but it did not occur: {text}")
    print(f"{len(files)} files there and back: {whole} equal, {len(files) - whole - bad} with the losses that are listed, {bad} otherwise")
    sys.exit(min(bad, 1))


if __name__ == "__main__":
    main()

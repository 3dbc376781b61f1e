#!/usr/bin/env python3
"""Copies every file of the corpus with `h5 repack` and compares the copies with their originals, as the C library sees both.

    repack.py CORPUS PROGRAM [--bounds earliest|v18|v110|v200] [--python PYTHON] [--jobs N] [--below-mb N] [--only TEXT]
              [--list FILE] [--keep DIR] [--json OUT]

CORPUS holds files/ and same_content.py. PROGRAM is the `h5` command. The copies are written into a tree of links to the corpus, where
the names of other files (external data and links, sources of virtual datasets) lead to the same ones. Files that unread.txt beside this
script lists are left out.

A file is  equal       the copy holds the same content
           different   it does not
           refused     `h5 repack` says that it cannot copy the file, or only parts of it, or the copy cannot be opened
           unreadable  the C library cannot open the original either
           failed      a crash or a time limit
Exit status: 0 if every file is equal or unreadable.
"""
import argparse, collections, concurrent.futures as cf, json, os, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ORDER = ["failed", "different", "refused", "unreadable"]


def unread():
    with open(os.path.join(HERE, "unread.txt")) as lines:
        return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def link_tree(files, root):
    """Directories of their own with links to every file: a copy never touches the corpus."""
    for directory, _, names in os.walk(files):
        own = os.path.join(root, os.path.relpath(directory, files))
        os.makedirs(own, exist_ok=True)
        for name in names:
            os.symlink(os.path.join(directory, name), os.path.join(own, name))


def run(command, cwd, timeout):
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, f"more than {timeout} s"
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def sweep(a, tree, path):
    original = os.path.join(tree, path)
    copy, cwd = original + ".repacked", os.path.dirname(original)
    command = [a.program, "repack", "--access", "allow"] + (["--bounds", a.bounds] if a.bounds else [])
    status, said = run(command + [os.path.basename(original), copy], cwd, a.timeout)
    try:
        if status is None or status < 0 or status in (101, 134, 139):
            return "failed", said
        compare = [a.python, os.path.join(a.corpus, "same_content.py"), original]
        equal, differences = run(compare + [copy], cwd, a.timeout) if os.path.exists(copy) else (2, "")
        if equal == 2:
            # Compared with itself, the original shows whether it is what cannot be opened.
            alone, _ = run(compare + [original], cwd, a.timeout)
            return ("unreadable" if alone == 2 else "refused"), said + differences
        word = {0: "equal", 1: "different"}.get(equal, "failed")
        return word, said + differences
    finally:
        if a.keep and os.path.exists(copy):
            kept = os.path.join(a.keep, path)
            os.makedirs(os.path.dirname(kept), exist_ok=True)
            shutil.move(copy, kept)
        elif os.path.exists(copy):
            os.remove(copy)


def chosen(a):
    files = os.path.join(a.corpus, "files")
    if a.list:
        with open(a.list) as lines:
            paths = [line.split("\t")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    else:
        answers = os.path.join(a.corpus, "oracle_out")
        found = (os.path.join(d, name) for d, _, names in os.walk(answers) for name in names if name.endswith(".json"))
        paths = [os.path.relpath(path, answers)[:-5] for path in found]
    left_out = unread()
    taken = sorted(p for p in paths if a.only in p and p not in left_out)
    if a.below_mb:
        small = [p for p in taken if os.path.getsize(os.path.join(files, p)) < a.below_mb * 1e6]
        print(f"{len(taken) - len(small)} files of {a.below_mb} MB or more are not looked at")
        taken = small
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=os.path.abspath)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--bounds")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--below-mb", type=float)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", help="paths below files/, one a line")
    parser.add_argument("--keep", type=os.path.abspath, help="keep the copies below this directory")
    parser.add_argument("--json", help="write every file's outcome here")
    a = parser.parse_args()
    paths, count, outcomes = chosen(a), collections.Counter(), {}
    with tempfile.TemporaryDirectory() as tree, cf.ThreadPoolExecutor(a.jobs) as pool:
        link_tree(os.path.join(a.corpus, "files"), tree)
        for path, (word, said) in zip(paths, pool.map(lambda path: sweep(a, tree, path), paths)):
            count[word] += 1
            outcomes[path] = {"outcome": word, "said": said.replace(tree + os.sep, "")}
    for word in ORDER:
        for path, o in outcomes.items():
            if o["outcome"] == word:
                print(f"{word}: {path}")
                for line in o["said"].splitlines()[:6]:
                    print("    " + line[:300])
    if a.json:
        with open(a.json, "w") as out:
            json.dump(outcomes, out, indent=1)
    counts = ", ".join(f"{word} {count[word]}" for word in ["equal", *reversed(ORDER)] if count[word])
    print(f"bounds {a.bounds or 'default'}, files {len(paths)}: {counts}")
    sys.exit(0 if paths and count["equal"] + count["unreadable"] == len(paths) else 1)


main()

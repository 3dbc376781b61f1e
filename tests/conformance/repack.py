#!/usr/bin/env python3
"""Copies files of the corpus with `h5 repack` under each bound and compares the copies with their originals, as the C library and as
`h5 digest` see them.

    repack.py CORPUS PROGRAM [--bounds default,earliest,v18,v110,v200] [--sample N [--seed S]] [--jobs N] [--only TEXT]
              [--list FILE] [--keep DIR] [--json OUT]

CORPUS holds files/, oracle_out/ and oracle.py, which needs h5py and hdf5plugin. PROGRAM is the `h5` command. A copy is looked at in a tree of
links to the corpus, in the place of its original: the names of other files (external data and links, sources of virtual datasets) lead to
the same ones, and its own name is the same. Files that unread.txt beside this script lists are left out; all others, or a sample of them, are looked at.

A copy is  equal       it holds the same content, by both accounts
           newer       not made, for the message says which newer bound it needs, and under that bound it is made
           unreadable  not made, or not to be opened, and the C library cannot open the original either
           damaged     not made, for an object is damaged, which the C library cannot read either
           different   something differs
           refused     not made, or only in parts, and none of the reasons above holds
           failed      a crash or a time limit
repack_exceptions.txt beside this script lists the copies that may be different or refused, and why; one that is equal all the same has to
leave the list.
Exit status: 0 if all others are equal, newer, unreadable or damaged.
"""
import argparse, collections, contextlib, concurrent.futures as cf, importlib.util, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
BOUNDS = ["default", "earliest", "v18", "v110", "v200"]
GOOD = ["equal", "newer", "unreadable", "damaged"]
BAD = ["refused", "different", "failed"]
# What tells how objects are stored, which is not what they hold; and texts of errors, which every library words itself.
HOW = {"storage", "layout", "filters", "refcount", "error", "attrs_error", "data_error", "group_error"}


def listed(name):
    """Lines of a list beside this script, as words."""
    with open(os.path.join(HERE, name)) as lines:
        return [line.split(None, 3) for line in lines if line.strip() and not line.startswith("#")]


def link_tree(files, root):
    """Directories of their own with links to every file: a copy never touches the corpus."""
    for directory, _, names in os.walk(files):
        own = os.path.join(root, os.path.relpath(directory, files))
        os.makedirs(own, exist_ok=True)
        for name in names:
            os.symlink(os.path.join(directory, name), os.path.join(own, name))


def run(command, cwd, timeout):
    """Status, standard output and error; no status after a time limit."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, "", f"more than {timeout} s"
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def died(status):
    return status is None or status < 0 or status in (101, 134, 139)


# --- What a file holds --------------------------------------------------------------------------------------------------------------

ORACLE = TREE = None


def start(corpus, trees):
    """Loads the C library once in each process that compares, and gives the process a tree of its own."""
    global ORACLE, TREE
    TREE = os.path.join(trees, str(os.getpid()))
    link_tree(os.path.join(corpus, "files"), TREE)
    spec = importlib.util.spec_from_file_location("oracle", os.path.join(corpus, "oracle.py"))
    ORACLE = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ORACLE)


def as_library_sees(path, timeout):
    """What the C library says of a file, in a process of its own: the library may crash."""
    pipe, end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(pipe)
            signal.alarm(int(timeout))
            os.chdir(os.path.dirname(path))
            oracle = ORACLE.Oracle(path, False)
            try:
                seen = oracle.run()
            except ORACLE.HErr as error:
                seen = {"error": str(error), "objects": oracle.objs, "links": oracle.links}
            with os.fdopen(end, "w") as out:
                json.dump(seen, out)
        finally:
            os._exit(0)
    os.close(end)
    with os.fdopen(pipe) as told:
        text = told.read()
    os.waitpid(child, 0)
    try:
        return json.loads(text)
    except ValueError:
        return {"error": "the C library crashed or ran too long"}


def as_digest_says(program, path, timeout):
    status, out, err = run([program, "digest", "--access", "allow", path], os.path.dirname(path), timeout)
    try:
        return json.loads(out)
    except ValueError:
        return {"error": err or f"exit status {status}"}


def content(record):
    """An object's record without how it is stored."""
    kept = {}
    for key, value in record.items():
        if key == "attrs":
            kept[key] = {name: {k: v for k, v in a.items() if k != "error"} for name, a in value.items()}
        elif key == "fill":
            kept[key] = {k: v for k, v in value.items() if k in ("defined", "value_hex")}
        elif key not in HOW:
            kept[key] = value
    return kept


def differences(original, copy):
    """What two accounts of one kind say differently. What the original's account could not give, the copy need not have."""
    found = []

    def differ(where, a, b):
        found.append(f"{where}: {json.dumps(a)[:150]} -> {json.dumps(b)[:150]}")

    if original.get("userblock", 0) != copy.get("userblock", 0):
        differ("user block", original.get("userblock"), copy.get("userblock"))
    for group in ("objects", "links"):
        for path in sorted(set(original[group]) | set(copy[group])):
            a, b = original[group].get(path), copy[group].get(path)
            if a is None or b is None:
                found.append(f"{group} {path}: only in the {'copy' if a is None else 'original'}")
                continue
            if "error" in a or (group == "objects" and "attrs_error" in a):
                continue
            without = {"data"} if "data_error" in a else set()
            for name, attribute in a.get("attrs", {}).items():
                if "error" in attribute:
                    b.get("attrs", {}).get(name, {}).pop("data", None)
            a, b = content(a), content(b)
            for key in sorted((set(a) | set(b)) - without):
                if a.get(key) != b.get(key):
                    differ(f"{group} {path} {key}", a.get(key), b.get(key))
    return found


# --- One file -----------------------------------------------------------------------------------------------------------------------

def sweep(job):
    """Copies one file under each bound: bound, outcome and what was said."""
    a, path = job
    original = os.path.join(TREE, path)
    accounts = (as_library_sees(original, a.timeout), as_digest_says(a.program, original, a.timeout))
    copies = {bounds: copied(a, original, path, bounds, accounts) for bounds in a.bounds}
    return path, {bounds: (word, said.replace(TREE + os.sep, "")) for bounds, (word, said) in copies.items()}


def repack(a, original, copy, bounds):
    command = [a.program, "repack", "--access", "allow"] + (["--bounds", bounds] if bounds != "default" else [])
    return run(command + [os.path.basename(original), copy], os.path.dirname(original), a.timeout)


def copied(a, original, path, bounds, accounts):
    copy = f"{original}.{bounds}.repacked"
    status, said, warned = repack(a, original, copy, bounds)
    try:
        if died(status):
            return "failed", warned
        if not os.path.exists(copy):
            return not_made(a, original, bounds, accounts, warned)
        with in_place(copy, original):
            return compared(a, original, accounts, warned)
    finally:
        if os.path.exists(copy):
            if a.keep:
                kept = os.path.join(a.keep, bounds, path)
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                shutil.move(copy, kept)
            else:
                os.remove(copy)


@contextlib.contextmanager
def in_place(copy, original):
    """Meanwhile the copy has its original's name."""
    away = original + ".original"
    os.rename(original, away)
    os.rename(copy, original)
    try:
        yield
    finally:
        os.rename(original, copy)
        os.rename(away, original)


# How messages name an object.
NAMED = re.compile(r": (/[^:]*): ")
# How messages name the bounds that a file needs.
NEEDS = re.compile(r"version bounds of (1\.8|1\.10|2\.0)")
RELEASES = {"1.8": "v18", "1.10": "v110", "2.0": "v200"}


def not_made(a, original, bounds, accounts, said):
    if "objects" not in accounts[0]:
        return "unreadable", said
    needs = NEEDS.search(said)
    needed = RELEASES[needs[1]] if needs else "default"
    if bounds != "default" and BOUNDS.index(bounds) < BOUNDS.index(needed):
        other = f"{original}.{needed}.needed"
        status, _, _ = repack(a, original, other, needed)
        if os.path.exists(other):
            os.remove(other)
            if status == 0:
                return "newer", said
    return ("damaged" if is_damaged(accounts[0], said) else "refused"), said


def is_damaged(account, said):
    """Does the C library, too, fail to read the object that the message names?"""
    path = NAMED.search(said)
    record = account["objects"].get(path[1]) if path else None
    if record is None:
        return False
    records = [record, *record.get("attrs", {}).values()]
    return any(key in record for record in records for key in ("error", "attrs_error", "data_error", "group_error"))


def compared(a, copy, accounts, warned):
    """By the C library's account, then by our own."""
    library, digest = as_library_sees(copy, a.timeout), as_digest_says(a.program, copy, a.timeout)
    if "objects" not in accounts[0]:
        return "unreadable", warned
    if "objects" not in library:
        return "refused", f"{warned}the C library does not open the copy: {library.get('error')}"
    found = ["C library: " + line for line in differences(accounts[0], library)]
    if ("objects" in accounts[1]) != ("objects" in digest):
        found.append(f"h5 digest: {accounts[1].get('error')} -> {digest.get('error')}")
    elif "objects" in digest:
        found += ["h5 digest: " + line for line in differences(accounts[1], digest)]
    return ("different", warned + "\n".join(found)) if found else ("equal", warned)


# --- All files ----------------------------------------------------------------------------------------------------------------------

def chosen(a):
    if a.list:
        with open(a.list) as lines:
            paths = [line.split("\t")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    else:
        answers = os.path.join(a.corpus, "oracle_out")
        found = (os.path.join(d, name) for d, _, names in os.walk(answers) for name in names if name.endswith(".json"))
        paths = [os.path.relpath(path, answers)[:-5] for path in found]
    left_out = {words[0] for words in listed("unread.txt")}
    paths = sorted(p for p in paths if a.only in p and p not in left_out)
    if a.sample and a.sample < len(paths):
        paths = sorted(random.Random(a.seed).sample(paths, a.sample))
    return paths


def judge(outcomes):
    """Complaints about copies that are not as they should be, the list of exceptions taken into account."""
    exceptions = {}
    for path, bounds, outcome, _ in listed("repack_exceptions.txt"):
        for bound in BOUNDS if bounds == "all" else bounds.split(","):
            exceptions[path, bound] = outcome
    complaints = []
    for path, copies in outcomes.items():
        for bound, (word, said) in copies.items():
            expected = exceptions.get((path, bound))
            if expected is not None and word in GOOD:
                complaints.append((path, bound, word, "is listed in repack_exceptions.txt, from which it is to be taken"))
            elif word in BAD and word != expected:
                complaints.append((path, bound, word, said))
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=os.path.abspath)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--bounds", type=lambda text: text.split(","), default=BOUNDS)
    parser.add_argument("--sample", type=int, help="so many files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", help="paths below files/, one a line")
    parser.add_argument("--keep", type=os.path.abspath, help="keep the copies below this directory")
    parser.add_argument("--json", help="write every copy's outcome here")
    a = parser.parse_args()
    paths, outcomes, began = chosen(a), {}, time.time()
    with tempfile.TemporaryDirectory() as trees, cf.ProcessPoolExecutor(a.jobs, initializer=start, initargs=(a.corpus, trees)) as pool:
        for path, copies in pool.map(sweep, [(a, path) for path in paths]):
            outcomes[path] = copies
    if a.json:
        with open(a.json, "w") as out:
            json.dump(outcomes, out, indent=1)
    complaints = judge(outcomes)
    for path, bound, word, said in complaints:
        print(f"{word}: {path} ({bound})")
        for line in said.splitlines()[:6]:
            print("    " + line[:300])
    for bound in a.bounds:
        count = collections.Counter(copies[bound][0] for copies in outcomes.values())
        print(f"{bound}: " + ", ".join(f"{word} {count[word]}" for word in GOOD + BAD if count[word]))
    print(f"{len(paths)} files in {time.time() - began:.0f} s, {len(complaints)} complaints")
    sys.exit(0 if paths and not complaints else 1)


if __name__ == "__main__":
    main()

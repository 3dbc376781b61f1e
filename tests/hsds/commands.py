#!/usr/bin/env python3
"""Commands of `h5` on domains: copies that are killed and gone on with, both ways, and domains that are written anew.

    commands.py ENDPOINT DIRECTORY_OF_H5 [--full]

Without --full the file is a quarter as large.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import h5py
import numpy as np

HOME = "/home/test_user1"


def original(path, count):
    """So many datasets of 1 MB, 100 small ones, text and references."""
    random = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        for number in range(count):
            large = file.create_dataset(f"large/d{number:02}", data=random.normal(size=(125, 1000)), chunks=(25, 1000))
            large.attrs["number"] = number
        for number in range(100):
            small = file.create_dataset(f"small/d{number:02}", data=np.arange(10) + number)
            small.attrs["units"] = "V"
        file["text"] = np.array(["a", "", "\u00e9t\u00e9"], dtype=object)
        file.attrs["first"] = file["large/d00"].ref


class Commands:
    def __init__(self, endpoint, programs, place):
        self.h5, self.scheme = os.path.join(programs, "h5"), endpoint.replace("http", "hsds", 1)
        self.environment = {**os.environ, "HOME": place, "HS_ENDPOINT": endpoint, "HS_USERNAME": "test_user1", "HS_PASSWORD": "test"}

    def start(self, *arguments):
        print("h5", *arguments, flush=True)
        return subprocess.Popen([self.h5, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, expected=0):
        begun = time.monotonic()
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        if process.returncode != expected:
            sys.exit(f"ended with {process.returncode} instead of {expected}: {out}{err}")
        print(f"  {time.monotonic() - begun:.1f} s")
        return out

    def browsed(self, domain, *routes):
        """What `h5 browse` answers to the page."""
        process = self.start("browse", "--no-open", domain)
        try:
            # The address is good for one visit, which gives a cookie.
            visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            address = process.stdout.readline().strip()
            visitor.open(address, timeout=60).read()
            base = address[: address.index("/?")]
            return [json.loads(visitor.open(f"{base}/api{route}", timeout=60).read()) for route in routes]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)

    def time(self, *arguments):
        begun = time.monotonic()
        self.run(*arguments)
        return time.monotonic() - begun

    def copy_that_is_killed(self, source, target, whole_s):
        """Kills a copy, with ever more time, until one came to its end; each goes on with the one before. Returns how many were killed.
        `whole_s` is what a whole copy takes."""
        for kill in range(12):
            process = self.start("cp", "--resume", source, target)
            try:
                process.wait(whole_s * (0.3 + 0.3 * kill))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                continue
            said = process.stderr.read()
            # One that is killed at its very end has left nothing to do.
            if process.returncode != 0 and not (kill and "no copy that ended early" in said):
                sys.exit(f"ended with {process.returncode}: {said}")
            return kill
        sys.exit("twelve times was not enough")


def main():
    endpoint, programs = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as place:
        commands = Commands(endpoint, os.path.abspath(programs), place)
        file, back, stopped = (os.path.join(place, name) for name in ("a.h5", "b.h5", "c.h5"))
        domain = f"{commands.scheme}{HOME}/commands-{os.getpid()}"
        original(file, 48 if "--full" in sys.argv else 12)
        whole = commands.time("cp", file, f"{domain}-0.h5")
        killed = commands.copy_that_is_killed(file, f"{domain}-a.h5", whole)
        commands.run("diff", file, f"{domain}-a.h5")
        whole = commands.time("cp", f"{domain}-0.h5", os.path.join(place, "0.h5"))
        killed_back = commands.copy_that_is_killed(f"{domain}-a.h5", back, whole)
        commands.run("diff", file, back)
        print(f"killed {killed} times there and {killed_back} times back")
        if not (killed and killed_back):
            sys.exit("no copy was killed before its end")
        # What ends by control-C goes on too, and nothing goes on with what is whole, or was begun with another original.
        process = commands.start("cp", "--resume", f"{domain}-a.h5", stopped)
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        print(f"  {process.communicate(timeout=60)[1].strip()}, {process.returncode}")
        if process.returncode != 0:
            commands.run("cp", "--resume", file, stopped, expected=2)
            commands.run("cp", "--resume", f"{domain}-a.h5", stopped)
        commands.run("diff", file, stopped)
        commands.run("cp", "--resume", file, f"{domain}-a.h5", expected=2)
        commands.run("repack", file, f"{domain}-b.h5", "--filter", "deflate=1", "--layout", "/large:chunked=125x100")
        commands.run("diff", file, f"{domain}-b.h5")
        commands.run("repack", f"{domain}-b.h5", "--in-place", "--filter", "none", "--verify")
        commands.run("diff", file, f"{domain}-b.h5")
        commands.run("repack", f"{domain}-b.h5", back, "--force")
        commands.run("diff", file, back)
        commands.run("repack", file, f"{domain}-b.h5", expected=2)
        for command in ("tree", "ls", "info", "stat", "check"):
            place_of = "::/large/d00" if command == "stat" else ""
            commands.run(command, f"{domain}-a.h5{place_of}")
        session, children, cells = commands.browsed(
            f"{domain}-a.h5", "/session", "/children?path=/small", "/cells?path=/small/d07&selection=2:4"
        )
        if (len(session["files"]), children["total"], cells["cells"]) != (1, 100, [["9"], ["10"]]):
            sys.exit(f"h5 browse shows {session}, {children}, {cells}")


if __name__ == "__main__":
    main()

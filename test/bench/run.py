#!/usr/bin/env python3
"""Measures uvtftpd against the speed of light and against the servers that Debian has.

    cmake --build --preset release --target bench
    python3 test/bench/run.py --build build/release --only A,B --quick

Every server is started here, on loopback, in a network namespace of its own where the system gives one, driven by
`uvtftp storm`, and ended by its process number. All of a scenario's servers are measured in turn, round by round;
the tables say how each stands to the ruler of its round. Nothing is installed: the peers are Debian's packages,
unpacked. Exit status: 0 everything that was to complete did, 1 not, 2 wrong usage."""
import argparse
import datetime
import glob
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is

import machine
import plot
import report
import scenarios
import servers

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 5
CHUNK = 1 << 20
PRIORITY = -15  # as nice
FILES = 65536
FILES_OTHER = 128  # than sockets of clients


class Bench:
    """What all scenarios share: the programs, the served directory, how long it may take, what went wrong."""

    def __init__(self, arguments):
        # Before results are written, which are a change as well.
        self.revision = output_of(["git", "describe", "--always", "--dirty"])
        self.build = os.path.abspath(arguments.build)
        self.output = os.path.abspath(arguments.output)
        self.size = 2 if arguments.smoke else 1 if arguments.quick else 0
        self.rounds = arguments.rounds or (1 if self.size else ROUNDS)
        self.is_without_peers = arguments.without_peers
        self.peers = os.path.abspath(arguments.peers or os.path.join(self.build, "peers"))
        self.peer_environment = {}
        self.work = tempfile.mkdtemp(prefix="uvtftp-bench.", dir=arguments.work)
        self.root = os.path.join(self.work, "root")
        os.mkdir(self.root)
        os.chmod(self.work, 0o755)
        self.notes = []
        self.clients_max = raise_limits()
        self.complaints = []
        self.plots = {}
        if not self.is_without_peers:
            self.find_peers()

    def pick(self, *by_size):
        """What is right for a full, a quick and a smallest run."""
        return by_size[self.size]

    def crowds(self, counts):
        """The numbers of clients, where the limit on open files allows them."""
        most = self.clients_max // 1000 * 1000 or self.clients_max
        if counts[-1] > most:
            self.note(f"at most {most:,} clients at once: the limit on open files (ulimit -Hn)")
        return sorted({min(count, most) for count in counts})

    def find_peers(self):
        trouble = servers.fetch_peers(self.peers)
        if trouble:
            self.note(f"peers: {trouble}")
        found = glob.glob(os.path.join(self.peers, "**", "*.so.*"), recursive=True)
        libraries = {os.path.dirname(path) for path in found}
        if libraries:
            self.peer_environment["LD_LIBRARY_PATH"] = ":".join(sorted(libraries))

    def peer(self, name):
        """A program of the packages, or the system's."""
        found = [path for path in glob.glob(os.path.join(self.peers, "**", "*bin", name), recursive=True)
                 if os.access(path, os.X_OK)]
        return found[0] if found else shutil.which(name)

    def program(self, path):
        return os.path.join(self.build, path)

    def file(self, name, size, is_plain=False):
        """A file to serve, with bytes that do not repeat; on the disk, so that it can be put out of memory."""
        path = os.path.join(self.root, name)
        if os.path.exists(path) and os.path.getsize(path) == size:
            return
        with open(path, "wb") as file:
            while size > 0:
                file.write(os.urandom(min(size, CHUNK)))
                size -= min(size, CHUNK)
            if not is_plain:
                file.flush()
                os.fsync(file.fileno())

    def sparse(self, name, size):
        with open(os.path.join(self.root, name), "wb") as file:
            file.truncate(size)

    def warm(self, name):
        with open(os.path.join(self.root, name), "rb") as file:
            while file.read(CHUNK):
                pass

    def drop(self, name):
        """Out of the page cache."""
        with open(os.path.join(self.root, name), "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def plot(self, name, title, y_name, counts, found, key):
        lines = {}
        for count, (_, rows) in zip(counts, found):
            for row in rows:
                figure = row.values[key]
                # A server that served hardly anybody has no cost of a transfer.
                if row.values["completed"].median > 0.01 and figure.low > 0:
                    lines.setdefault(row.name, []).append((count, figure.median, figure.low, figure.high))
        self.plots[name] = plot.draw(title, "clients at once", y_name, lines)

    def say(self, words):
        print(words, flush=True)

    def note(self, words):
        if words not in self.notes:
            self.notes.append(words)
            self.say(f"note: {words}")

    def complain(self, words):
        self.complaints.append(words)
        self.say(f"FAILED: {words}")

    def clean_up(self):
        shutil.rmtree(self.work, ignore_errors=True)


def raise_limits():
    """A socket for each client, and in a server that has one for each too. Returns how many clients there can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (FILES, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, hard)))
            return limit - FILES_OTHER
        except (OSError, ValueError):
            pass
    return soft - FILES_OTHER


def take_priority():
    """Before others on this machine, where we may: what they take is noise. In a session of our own, since Linux
    weighs sessions first, and in a child, since only that can have one; the parent waits for it."""
    child = os.fork()
    if child:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: os.kill(child, number))
        status = os.waitpid(child, 0)[1]
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # cleaning up
    try:
        os.nice(PRIORITY)
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write(str(PRIORITY))
    except OSError:
        pass


def output_of(command):
    try:
        return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def heading(bench, began):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    build = "unknown"
    for words in machine.read(bench.program("CMakeCache.txt")).splitlines():
        if words.startswith("CMAKE_BUILD_TYPE:"):
            build = words.split("=")[1]
    return "\n".join([
        "# Results", "",
        "Written by `test/bench/run.py`; do not edit. How to read it: a **bold** figure is the ratio to the first server",
        "of its rows - the speed of light, the least work that looks like TFTP, unless said otherwise - as the median",
        "of the rounds' ratios, with the least and largest in brackets, and the median itself in parentheses. Absolute",
        "figures say something about this machine only. Where others had much of the machine, rates are noise; CPU is not.",
        "",
        f"- Date: {date}, {time.monotonic() - began:.0f} s, {bench.rounds} rounds",
        f"- Machine: {machine.describe()}",
        f"- uvtftp: {bench.revision}, {build}, "
        f"libuv {output_of(['pkg-config', '--modversion', 'libuv'])}",
    ])


def write_results(bench, sections, began):
    parts = [heading(bench, began)]
    parts += [f"- {words}" for words in bench.notes]
    parts += [f"- FAILED: {words}" for words in bench.complaints]
    for section in sections:
        parts.append(f"\n## {section.letter}: {section.title}\n")
        if section.note:
            parts.append(section.note + "\n")
        if section.cases:
            parts.append(report.table(section.cases, section.columns))
        parts.append(f"Others had {section.others * 100:.0f} % of the machine meanwhile.")
    os.makedirs(bench.output, exist_ok=True)
    with open(os.path.join(bench.output, "RESULTS.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(parts).rstrip() + "\n")
    for name, drawing in bench.plots.items():
        with open(os.path.join(bench.output, f"{name}.svg"), "w", encoding="utf-8") as file:
            file.write(drawing)


def enter_own_net():
    """A loopback of one's own, where port 69 is free and nobody else's packets are."""
    if os.environ.get("UVTFTP_OWN_NET") or not shutil.which("unshare"):
        return
    for unshare in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        tried = subprocess.run(unshare + ["ip", "link", "set", "lo", "up"], capture_output=True, check=False)
        if tried.returncode == 0:
            os.environ["UVTFTP_OWN_NET"] = "yes"
            # in.tftpd believes in IPv4 only where there is an address other than loopback's.
            prepare = 'ip link set lo up; ip address add 192.0.2.1/32 dev lo; exec "$@"'
            os.execvp("unshare", unshare + ["sh", "-c", prepare, "sh", sys.executable, os.path.abspath(__file__),
                                            *sys.argv[1:]])


def parse():
    parser = argparse.ArgumentParser(description="Measures uvtftpd against the speed of light and its peers.")
    parser.add_argument("--build", required=True, metavar="DIR", help="with bin/ and test-bin/ in it; a release build")
    parser.add_argument("--only", metavar="LIST", help="of " + ",".join(scenarios.SCENARIOS))
    parser.add_argument("--rounds", type=int, metavar="N", help=f"[{ROUNDS}; 1 if quick]")
    parser.add_argument("--quick", action="store_true", help="smaller loads, one round")
    parser.add_argument("--smoke", action="store_true", help="the smallest loads, one round: does it work at all?")
    parser.add_argument("--peers", metavar="DIR", help="Debian's packages, fetched and unpacked there if it is empty "
                        "[BUILD/peers]")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--output", metavar="DIR", default=HERE, help="for RESULTS.md and the plots [here]")
    parser.add_argument("--work", metavar="DIR", help="for the served files, 4 GiB on a disk [the system's choice]")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",") if arguments.only else list(scenarios.SCENARIOS)
    for letter in arguments.only:
        if letter not in scenarios.SCENARIOS:
            parser.error(f"there is no scenario {letter}")
    return arguments


def main():
    arguments = parse()
    if not arguments.without_peers:
        servers.fetch_peers(arguments.peers or os.path.join(arguments.build, "peers"))  # while there is a network
    enter_own_net()
    began = time.monotonic()
    if not arguments.smoke:
        take_priority()
    bench = Bench(arguments)
    try:
        sections = []
        for letter in arguments.only:
            share = machine.Share()
            section = scenarios.SCENARIOS[letter](bench)
            section.others = share.others()
            sections.append(section)
            if not section.cases or not all(rows for _, rows in section.cases):
                bench.complain(f"{letter}: nothing could be measured")
            bench.say("\n" + report.table(section.cases, section.columns))
            write_results(bench, sections, began)
    finally:
        bench.clean_up()
    return 1 if bench.complaints else 0


if __name__ == "__main__":
    sys.exit(main())

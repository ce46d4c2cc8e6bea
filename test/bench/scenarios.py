"""What is measured: the scenarios of the table, by letter."""
import os
import shutil
import statistics
import subprocess
import time

import machine
from measure import Case, Row, measure, measure_case, start, storm

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
RULERS = ["light", "light, a TID each"]
OURS = ["uvtftpd", "uvtftpd --single-port"]
PEERS = ["dnsmasq", "atftpd", "tftpd-hpa"]
ALL = RULERS + OURS + PEERS
WINDOWED = RULERS + OURS + ["atftpd"]  # Debian's other two refuse the option


class Section:
    """A table and what must be said about it."""

    def __init__(self, letter, title, columns, cases, note=""):
        self.letter = letter
        self.title = title
        self.columns = columns
        self.cases = cases  # pairs of label and rows
        self.note = note
        self.others = 0.0  # of the machine, meanwhile


def measured(bench, cases, one=measure):
    return [(case.label, measure_case(bench, case, one)) for case in cases]


def at_once(bench):
    """The talk: so many machines are switched on at the same moment."""
    bench.file("small", KIB)
    sizes = bench.crowds(bench.pick([100, 300, 1000, 10000, 20000], [100, 300], [30]))
    cases = [Case(f"{n:,} clients", ["-c", n], ["small"], ["light, a TID each", "light"] + OURS + PEERS,
                  may_fail=n > 300, peer_rounds=5 if n <= 300 else 1) for n in sizes]
    return Section("A", "all at once: 1 KiB, each client once", ["completed", "retransmissions", "p99_ms", "max_ms"],
                   measured(bench, cases), "Ratios to the ruler with a TID each. A client repeats after 1 s and gives "
                   "up after 5. The peers' own limits on clients are raised.")


def churn(bench):
    bench.file("small", KIB)
    case = Case("64 clients", ["-c", 64, "--duration", bench.pick(1, 0.5, 0.1)], ["small"], ALL)
    return Section("B", "churn: 1 KiB, again and again", ["transfers_per_s", "cpu_us", "switches", "p99_ms"],
                   measured(bench, [case]))


def lockstep(bench):
    bench.file("middle", bench.pick(4, 1, 1) * MIB)
    cases = [Case(f"{n} client{'s' * (n > 1)}", ["-c", n, "-b", 1428, "--repeat", bench.pick(1 if n > 1 else 4, 1, 1)],
                  ["middle"], ALL, "middle", peer_rounds=3) for n in bench.pick([64, 1], [64], [4])]
    return Section("C", "lockstep, 1428 bytes a block", ["mb_per_s", "cpu_per_gb", "switches"],
                   measured(bench, cases), "One lone client measures how fast this machine wakes threads.")


def windowed(bench):
    cases = []
    for window, blksize in bench.pick([(16, 1428), (64, 1428), (64, 8192)], [(16, 1428), (64, 8192)], [(16, 1428)]):
        for n in bench.pick([64, 1], [64], [4]):
            # The ruler's bytes repeat after 65,536 blocks: no file is longer.
            mib, repeat = bench.pick((16, 1) if n > 1 else (64, 4), (4, 1), (1, 1))
            bench.file(f"big{mib}", mib * MIB)
            load = ["-c", n, "-b", blksize, "-w", window, "--repeat", repeat]
            cases.append(Case(f"{window} × {blksize}, {n} client{'s' * (n > 1)}", load, [f"big{mib}"], WINDOWED,
                              f"big{mib}", peer_rounds=2))
    return Section("D", "windowed", ["mb_per_s", "cpu_per_gb", "switches"], measured(bench, cases))


def boot_storm(bench):
    clients, mib, count = bench.pick((1000, 16, 50), (100, 4, 10), (8, 1, 2))
    for i in range(count):
        bench.file(f"boot{i}", mib * MIB)
    load = ["-c", clients, "-b", 1428, "-w", 16]
    # An unlimited crowd outlasts our daemon's patience nowhere: rounds are few because they are long.
    cases = [Case("one file", load, ["boot0"], RULERS + ["uvtftpd", "atftpd"], "boot0", rounds=3, peer_rounds=1,
                  may_fail=True),
             Case(f"{count} files", load, [f"boot{i}" for i in range(count)], ["light", "uvtftpd"], "boot0", rounds=3)]
    return Section("E", f"boot storm: {clients:,} clients × {mib} MiB, windowsize 16 × 1428",
                   ["completed", "mb_per_s", "cpu_per_gb", "evenness", "rss_mib"], measured(bench, cases),
                   f"The ruler serves the same {mib} MiB whatever is asked for. The daemon's cache is the default.")


def scattered(bench):
    clients, files, mib, seconds = bench.pick((2000, 256, 8, 4), (200, 64, 2, 2), (8, 4, 1, 1))
    for i in range(files):
        bench.file(f"part{i}", mib * MIB)
    load = ["-c", clients, "-b", 1428, "-w", 16, "--rate", clients // seconds]
    case = Case(f"{clients:,} clients", load, [f"part{i}" for i in range(files)],
                ["uvtftpd --cache 4G", "uvtftpd --cache 32M"], rounds=3)
    return Section("E'", f"scattered: {clients:,} clients at different places of {files * mib / 1024:.3g} GiB",
                   ["completed", "mb_per_s", "cpu_per_gb", "evenness", "rss_mib"], measured(bench, [case]),
                   f"{files} files of {mib} MiB stand for one large one, since clients of one file would be in step: "
                   f"they begin over {seconds} s. All is in the page cache. Ratios to all in the daemon's cache.")


def lossy(bench):
    bench.file("loss", bench.pick(16, 1, 1) * MIB)
    bench.file("loss-short", 256 * KIB)
    cases = []
    for percent in bench.pick([0, 1, 5], [0, 1], [1]):
        for window in (1, 16):
            load = ["-c", 1, "-b", 1428, "-w", window] if window > 1 else ["-c", 1, "-b", 1428]
            load += ["--loss", percent, "--seed", 1, "--tries", 30]
            label = f"{percent} % lost, {'lockstep' if window == 1 else f'windowsize {window}'}"
            cases.append(Case(label, load, ["loss"], ["uvtftpd"], may_fail=True))
            peers = PEERS if window == 1 else ["atftpd"]
            if percent and not bench.is_without_peers:
                cases.append(Case(label + ", 256 KiB", load, ["loss-short"], ["uvtftpd"] + peers, rounds=1,
                                  may_fail=True))

    def one(bench, case, name):
        result = measure(bench, case, name)
        size = os.path.getsize(os.path.join(bench.root, case.names[0]))
        blocks = size // 1428 + 1
        window = 16 if "-w" in case.storm else 1
        result["traffic"] = result["packets"] / (blocks + blocks / window + 1)
        return result

    return Section("F", "loss each way, one client", ["completed", "mb_per_s", "traffic"],
                   measured(bench, cases, one), "The peers get a short file: their timers are whole seconds. There is "
                   "no ruler: it has no timers. Ratios to uvtftpd in the same row group.")


def uploads(bench):
    clients = bench.pick(64, 16, 4)
    size = bench.pick(4, 1, 1) * MIB
    bench.file("up", size)
    cases = []
    for window, peers in ((1, ["atftpd", "tftpd-hpa"]), (16, ["atftpd"])):
        load = ["--put", "-c", clients, "-b", 1428, "--expect", os.path.join(bench.root, "up")]
        load += ["-w", window] if window > 1 else []
        cases.append(Case("lockstep" if window == 1 else f"windowsize {window}", load, ["in-{n}"],
                          ["light", "uvtftpd"] + peers, "1024", ["--write=overwrite"],
                          light_options=["--put"]))
    return Section("G", f"uploads: {clients} × {size // MIB} MiB, 1428 bytes a block",
                   ["completed", "mb_per_s", "cpu_per_gb"], measured(bench, cases, uploads_one),
                   "Ours are on the disk (fsync) before the last ACK, the peers' are not, the ruler's go nowhere.")


def uploads_one(bench, case, name):
    result = measure(bench, case, name)
    for file in os.listdir(bench.root):
        if file.startswith("in-"):
            os.unlink(os.path.join(bench.root, file))
    return result


def latency(bench, server, repeat):
    """What one client sees."""
    return storm(bench, server.port, ["-c", "1", "--repeat", str(repeat)], ["small"])["transfer_ms"]


def stalled(bench):
    bench.file("small", KIB)
    bench.file("middle", 4 * MIB)
    clients, wait_s = bench.pick((10000, 4), (1000, 2), (50, 0.2))
    case = Case(f"{clients:,} stalled", [], [], ["light"] + OURS + ["light, a TID each", "dnsmasq"], rounds=3)

    def one(bench, case, name):
        server = start(bench, case, name)
        crowd = None
        try:
            idle = latency(bench, server, 200)
            user, kernel = machine.status(server.pid, "VmRSS"), machine.kernel_kib()
            crowd = subprocess.Popen([bench.program("bin/uvtftp"), "storm", "--quiet", "--stall", "-c", str(clients),
                                      "--duration", str(wait_s * 2 + 2), f"tftp://127.0.0.1:{server.port}/middle"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait_s)
            result = {"user_kib": (machine.status(server.pid, "VmRSS") - user) / clients,
                      "kernel_kib": (machine.kernel_kib() - kernel) / clients, "idle_p50_ms": idle["p50"]}
            busy = latency(bench, server, 200)
            result.update({"stalled_p50_ms": busy["p50"], "stalled_ratio": busy["p50"] / idle["p50"],
                           "stalled_p99_ms": busy["p99"]})
            return result
        finally:
            if crowd:
                crowd.kill()
                crowd.wait()
            server.stop()

    return Section("H", "stalled clients", ["user_kib", "kernel_kib", "idle_p50_ms", "stalled_p50_ms", "stalled_ratio",
                                            "stalled_p99_ms"], measured(bench, [case], one),
                   "Kernel memory (slabs that cannot be reclaimed, stacks, page tables, packets in queues) holds the "
                   "clients' sockets too: what `light`, which has one socket, shows is theirs.")


def cold_cache(bench):
    bench.file("small", KIB)
    files, mib = bench.pick((64, 8), (16, 8), (4, 1))
    names = [f"cold{i}" for i in range(files)]
    for name in names:
        bench.file(name, mib * MIB)
    load = ["-c", str(files), "-b", "1428", "-w", "16"]

    def one(bench, case, name):
        server = start(bench, case, name)
        try:
            idle = latency(bench, server, 200)
            for name in names:
                bench.warm(name) if case.label == "in the page cache" else bench.drop(name)
            crowd = subprocess.Popen([bench.program("bin/uvtftp"), "storm", "--quiet", *load,
                                      *(f"tftp://127.0.0.1:{server.port}/{name}" for name in names)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seen = [latency(bench, server, 50)]  # the crowd may be gone before it is looked at
            while crowd.poll() is None:
                seen.append(latency(bench, server, 50))
            return {"idle_p50_ms": idle["p50"], "stalled_p50_ms": statistics.median(one["p50"] for one in seen),
                    "stalled_p99_ms": max(one["p99"] for one in seen),
                    "stalled_max_ms": max(one["max"] for one in seen)}
        finally:
            server.stop()

    cases = [Case(label, [], [], ["uvtftpd"], rounds=3) for label in ("in the page cache", "not in the page cache")]
    return Section("cold", f"cold cache: {files} files of {mib} MiB, windowsize 16, while another client fetches 1 KiB",
                   ["idle_p50_ms", "stalled_p50_ms", "stalled_p99_ms", "stalled_max_ms"], measured(bench, cases, one),
                   "The files are put out of the page cache by posix_fadvise. A loop that waited for the disk would "
                   "show in the other client's times; the difference between the rows is what the disk costs it.")


def cores(bench):
    bench.file("small", KIB)
    bench.file("middle", bench.pick(4, 1, 1) * MIB)
    clients, seconds = bench.pick((64, 1), (64, 0.3), (8, 0.1))
    cases = [Case("churn", ["-c", clients, "--duration", seconds], ["small"], ["uvtftpd --workers 1", "uvtftpd"]),
             Case("lockstep", ["-c", clients, "-b", 1428, "--duration", seconds], ["middle"],
                  ["uvtftpd --workers 1", "uvtftpd"])]
    return Section("cores", f"one worker and {os.cpu_count()}",
                   ["transfers_per_s", "mb_per_s", "cpu_us", "switches"], measured(bench, cases),
                   "The load tool runs on the same processors. Where it needs as much as a worker does, two workers "
                   "on two processors cannot be twice as fast; that a transfer costs no more with both can be seen.")


def sizes(bench):
    rows = []
    bench.file("small", KIB)
    for name, path in (("uvtftpd", bench.program("bin/uvtftpd")), ("dnsmasq", bench.peer("dnsmasq")),
                       ("atftpd", bench.peer("atftpd")), ("tftpd-hpa", bench.peer("in.tftpd"))):
        if not path or (name != "uvtftpd" and bench.is_without_peers):
            continue
        copy = os.path.join(bench.work, "stripped")
        shutil.copy(path, copy)
        subprocess.run(["strip", copy], check=False)
        result = {"size_kib": os.path.getsize(copy) / KIB}
        try:
            server = start(bench, Case("", [], [], [name]), name)
            result["rss_mib"] = machine.status(server.pid, "VmRSS") / 1024
            server.stop()
        except Exception as why:  # a peer that does not run has a size all the same
            bench.note(f"{name}: {why}")
        rows.append(Row(name, {0: result}, {}))
    return Section("size", "size and idle memory", ["size_kib", "rss_mib"], [("", rows)],
                   "RSS counts shared libraries.")


def packets(bench):
    """System calls a packet, under strace: slower, so batches are larger than they would be."""
    if not shutil.which("strace"):
        return Section("calls", "system calls", [], [], "strace is not here.")
    bench.file("small", KIB)
    bench.file("middle", bench.pick(4, 1, 1) * MIB)
    loads = [("churn", ["-c", "64", "--duration", "0.5"], "small"),
             ("lockstep", ["-c", "64", "-b", "1428"], "middle"),
             ("windowsize 16", ["-c", "64", "-b", "1428", "-w", "16"], "middle")]

    def one(bench, case, name):
        server = start(bench, case, name)
        counts = os.path.join(bench.work, "strace")
        try:
            if name.startswith("light"):
                found = storm(bench, server.port, case.storm, case.names)
                server.stop()
                calls = server.said["calls"]
            else:
                tracer = subprocess.Popen(["strace", "-c", "-f", "-o", counts, "-p", str(server.pid)],
                                          stderr=subprocess.PIPE, text=True)
                tracer.stderr.readline()  # attached
                found = storm(bench, server.port, case.storm, case.names)
                tracer.send_signal(2)
                tracer.wait()
                calls = sum_of_calls(machine.read(counts))
            return {"calls_per_packet": calls / (found["packets_sent"] + found["packets_received"])}
        finally:
            server.stop()

    cases = [Case(label, load, [name], RULERS + OURS + (PEERS if "-w" not in load else ["atftpd"]),
                  name, rounds=1, may_fail=True) for label, load, name in loads]
    return Section("calls", "system calls a packet, 64 clients", ["calls_per_packet"], measured(bench, cases, one),
                   "Packets both ways. Under strace -c, which slows a server down, so that more waits for it.")


def sum_of_calls(text):
    """Of strace -c: share, seconds, microseconds a call, calls, perhaps errors, name."""
    rows = [line.split() for line in text.splitlines()]
    return sum(int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total")


def curve(bench):
    bench.file("small", KIB)
    counts = bench.crowds(bench.pick([1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 20000], [1, 10, 100, 1000], [1, 10]))
    cases = [Case(f"{n:,}", ["-c", n, "--duration", bench.pick(1, 0.3, 0.1)], ["small"],
                  ALL, rounds=3, peer_rounds=1, may_fail=True) for n in counts]
    found = [(case.label, measure_case(bench, case)) for case in cases]
    bench.plot("transfers", "1 KiB transfers a second, by number of clients", "transfers/s", counts, found,
               "transfers_per_s")
    bench.plot("cpu", "Server CPU for one 1 KiB transfer, by number of clients", "µs", counts, found, "cpu_us")
    return Section("clients", "cost as clients grow: 1 KiB for a second",
                   ["completed", "transfers_per_s", "cpu_us", "p99_ms"], found,
                   "![transfers](transfers.svg)\n\n![CPU](cpu.svg)")


def many_files(bench):
    clients = bench.pick(10000, 1000, 50)
    counts = [count for count in (1, 10, 100) if count < clients] + [clients]
    for i in range(clients):
        bench.file(f"f{i}", KIB, is_plain=True)
    cases = [Case(f"{n:,} file{'s' * (n > 1)}", ["-c", clients],
                  ["f{n}"] if n == clients else [f"f{i}" for i in range(n)], ["light, a TID each", "uvtftpd"], "f0",
                  may_fail=True) for n in counts]
    return Section("files", f"cost as files grow: {clients:,} clients at once, 1 KiB each",
                   ["completed", "transfers_per_s", "cpu_us", "p99_ms"], measured(bench, cases))


def file_sizes(bench):
    cases = []
    for label, size, repeat in bench.pick([("1 KiB", KIB, 5000), ("64 KiB", 64 * KIB, 2000), ("1 MiB", MIB, 400),
                                           ("16 MiB", 16 * MIB, 30), ("256 MiB", 256 * MIB, 2), ("4 GiB", 4 * GIB, 1)],
                                          [("1 KiB", KIB, 100), ("1 MiB", MIB, 20), ("16 MiB", 16 * MIB, 2)],
                                          [("1 KiB", KIB, 10), ("1 MiB", MIB, 1)]):
        name = "sparse" + label.replace(" ", "")
        bench.sparse(name, size)
        cases.append(Case(label, ["-c", 1, "-b", 8192, "-w", 32, "--repeat", repeat, "--expect",
                                  os.path.join(bench.root, name)], [name], ["light", "uvtftpd"], name, rounds=3))
    return Section("length", "cost as a file grows: one client, windowsize 32 × 8192, sparse files",
                   ["mb_per_s", "cpu_per_gb", "cpu_us", "rss_mib"], measured(bench, cases))


SCENARIOS = {"A": at_once, "B": churn, "C": lockstep, "D": windowed, "E": boot_storm, "E'": scattered, "F": lossy,
             "G": uploads, "H": stalled, "cold": cold_cache, "cores": cores, "size": sizes, "calls": packets,
             "clients": curve, "files": many_files, "length": file_sizes}

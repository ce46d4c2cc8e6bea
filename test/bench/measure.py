"""One measurement: a fresh server, a storm against it, and what both had to say."""
import json
import os
import statistics
import subprocess

import machine
from servers import KINDS, Unavailable

STORM_S = 600  # what runs then is broken


class Failed(Exception):
    """A measurement that must not be used."""


class Case:
    """Some servers under one load.

    names: the URLs' paths; content: what the ruler serves (a size or a file below the served directory);
    options: for our daemon; rounds: fewer than asked for, where one takes long."""

    def __init__(self, label, storm, names, servers, content="small", options=(), rounds=None, peer_rounds=None,
                 may_fail=False, light_options=()):
        self.label = label
        self.storm = [str(word) for word in storm]
        self.names = names
        self.servers = servers
        self.content = content
        self.options = list(options)
        self.rounds = rounds
        self.peer_rounds = peer_rounds
        self.may_fail = may_fail
        self.light_options = list(light_options)


def options_for(case, name):
    if name.startswith("uvtftpd"):
        return case.options
    return case.light_options if name.startswith("light") else []


def start(bench, case, name):
    content = case.content
    if not content.isdigit():
        content = os.path.join(bench.root, content)
    return KINDS[name](bench, bench.root, content, options_for(case, name))


def storm(bench, port, arguments, names):
    """What `uvtftp storm` found, as it says it."""
    command = [bench.program("bin/uvtftp"), "storm", "--quiet", "--json", *arguments,
               *(f"tftp://127.0.0.1:{port}/{name}" for name in names)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=STORM_S, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise Failed(f"storm: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def expected(bench, case):
    """What must come, told to the load tool: else it fetches a copy first, which costs the server."""
    if "--expect" in case.storm or len(case.names) != 1 or "{n}" in case.names[0]:
        return []
    return ["--expect", os.path.join(bench.root, case.names[0])]


def numbers(found, cpu_s, server):
    """What the tables are made of."""
    completed = max(1, found["completed"])
    result = {
        "completed": found["completed"] / max(1, found["transfers"]),
        "transfers_per_s": found["transfers_per_s"],
        "mb_per_s": found["mb_per_s"],
        "p50_ms": found["transfer_ms"]["p50"],
        "p99_ms": found["transfer_ms"]["p99"],
        "max_ms": found["transfer_ms"]["max"],
        "evenness": found["transfer_ms"]["p99"] / max(1e-9, found["transfer_ms"]["p50"]),
        "retransmissions": found["retransmissions"],
        "packets": found["packets_sent"] + found["packets_received"],
        "rss_mib": machine.peak_kib(server.pid) / 1024,
    }
    if cpu_s is not None:
        result["cpu_us"] = cpu_s * 1e6 / completed
        result["cpu_per_gb"] = cpu_s * 1e9 / max(1, found["bytes"])
    if server.keeps_threads:
        result["switches"] = machine.switches(server.pid) / completed
    return result


def measure(bench, case, name):
    """One storm against one fresh server."""
    server = start(bench, case, name)
    try:
        before = server.cpu_s()
        found = storm(bench, server.port, case.storm + expected(bench, case), case.names)
        result = numbers(found, None if before is None else server.cpu_s() - before, server)
    finally:
        server.stop()
    if "calls" in server.said:
        result["calls_per_packet"] = server.said["calls"] / (server.said["received"] + server.said["sent"])
    if found["failures"].get("mismatch"):
        raise Failed(f"{name}: {found['failures']['mismatch']} transfers brought other bytes than the file's")
    if found["completed"] < found["transfers"] and not case.may_fail:
        bench.complain(f"{case.label}: {name}: {found['completed']} of {found['transfers']} completed: "
                       f"{found['failures']}")
    return result


class Figure:
    """The rounds of one number: median and spread."""

    def __init__(self, values):
        self.median = statistics.median(values)
        self.low = min(values)
        self.high = max(values)


class Row:
    """What the rounds say of one server. rounds: by number, since one may be missing."""

    def __init__(self, name, rounds, reference):
        self.name = name
        self.rounds = len(rounds)
        keys = list(next(iter(rounds.values())))
        self.values = {key: Figure([one[key] for one in rounds.values()]) for key in keys}
        self.ratios = {}
        # Of one round each: what the machine did meanwhile happened to both.
        for key in keys:
            pairs = [one[key] / reference[number][key] for number, one in rounds.items()
                     if reference.get(number, {}).get(key)]
            if pairs:
                self.ratios[key] = Figure(pairs)


def is_peer(name):
    return not name.startswith(("light", "uvtftpd"))


def measure_case(bench, case, one=measure):
    """All servers in turn, round by round; the first is what the others are held against."""
    rounds = min(bench.rounds, case.rounds or bench.rounds)
    results = {name: {} for name in case.servers}
    for number in range(rounds):
        for name in case.servers:
            if is_peer(name) and (bench.is_without_peers or number >= (case.peer_rounds or rounds)):
                continue
            try:
                result = results[name][number] = one(bench, case, name)
                bench.say(f"{case.label}: {name}, round {number + 1}: {brief(result)}")
            except Unavailable as why:
                bench.note(f"{name} is left out: {why}")
            except (Failed, subprocess.TimeoutExpired) as why:
                bench.complain(f"{case.label}: {name}: {why}")
    reference = results[case.servers[0]]
    return [Row(name, found, reference) for name, found in results.items() if found]


def brief(result):
    return ", ".join(f"{key} {result[key]:.4g}" for key in ("completed", "transfers_per_s", "mb_per_s", "cpu_us",
                                                            "cpu_per_gb", "p99_ms") if key in result)

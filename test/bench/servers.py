"""The servers that are compared: how to start them, what they cost, how to end them."""
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import machine

START_S = 10  # patience with a server that does not start
STOP_S = 60

# What Debian's archive calls the peers, and the libraries that are unlikely to be there.
PACKAGES = ["atftpd", "tftpd-hpa", "dnsmasq-base", "libwrap0"]
CLIENTS_MAX = 40000


class Unavailable(Exception):
    """This server cannot run here, and why."""


def free_port():
    """Nobody's UDP port at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One running server."""

    keeps_threads = True  # else what it uses is gone with a thread or a process

    def __init__(self, bench, root, content, options=()):
        self.log = os.path.join(bench.work, "server.log")
        self.port = 0
        self.usage = None
        self.said = {}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(bench, root, content, list(options)), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.environment(bench))
        self.pid = self.process.pid
        self.account = None if self.keeps_threads else machine.Account(self.pid)
        try:
            self.await_ready()
        except Exception:
            self.stop()
            raise

    def command(self, bench, root, content, options):
        raise NotImplementedError

    def environment(self, bench):
        return dict(os.environ, **bench.peer_environment)

    def is_ready(self):
        return machine.is_bound(self.port)

    def await_ready(self):
        until = time.monotonic() + START_S
        while not self.is_ready():
            if self.has_ended() or time.monotonic() > until:
                raise Unavailable(f"it did not start: {machine.read(self.log)[-300:].strip()}")
            time.sleep(0.005)

    def has_ended(self):
        """Without taking its exit status, which is for stop()."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def cpu_s(self):
        """None: it cannot be known here."""
        return self.account.usage_s() if self.account else machine.cpu_exact(self.pid)

    def stop(self):
        """Ends it; afterwards self.usage is what it took, ended children included."""
        if self.usage:
            return
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        until = time.monotonic() + STOP_S
        while True:
            pid, _, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.005)
        self.process.returncode = 0
        if self.account:
            self.account.close()
        self.usage = usage


class Light(Server):
    tid = "single"

    def command(self, bench, root, content, options):
        return [bench.program("test-bin/light"), "--content", content, "--tid", self.tid, *options]

    def is_ready(self):
        said = machine.read(self.log).split()
        self.port = int(said[0]) if said else 0
        return self.port != 0

    def stop(self):
        super().stop()
        self.said = {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", machine.read(self.log))}


class LightEach(Light):
    tid = "each"


class Ours(Server):
    more = ()

    def command(self, bench, root, content, options):
        # Stalled clients are not waited for.
        return [bench.program("bin/uvtftpd"), "--listen", "127.0.0.1:0", "--drain", "0", *self.more, *options, root]

    def is_ready(self):
        said = machine.read(self.log)
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", said)
        self.port = int(found.group(1)) if found else 0
        return "uvtftpd: serving " in said


class OursSingle(Ours):
    more = ("--single-port",)


class OursOneWorker(Ours):
    more = ("--workers", "1")


class OursAllCached(Ours):
    more = ("--cache", "4G")


class OursSmallCache(Ours):
    more = ("--cache", "32M")


class Peer(Server):
    names = ()

    def command(self, bench, root, content, options):
        self.port = free_port()
        for name in self.names:
            program = bench.peer(name)
            if program:
                return [program, *self.arguments(root), *options]
        raise Unavailable("it is not here")

    def arguments(self, root):
        raise NotImplementedError


class Dnsmasq(Peer):
    names = ("dnsmasq",)

    def arguments(self, root):
        # Its TFTP port cannot be chosen, so it runs only where loopback is ours alone.
        if os.environ.get("UVTFTP_OWN_NET") != "yes":
            raise Unavailable("its port is 69, and the network is not ours alone")
        self.port = 69
        return ["--port=0", "--enable-tftp", f"--tftp-root={root}", f"--tftp-max={CLIENTS_MAX}", "--keep-in-foreground",
                "--conf-file=/dev/null", "--user=root", "--listen-address=127.0.0.1", "--bind-interfaces",
                "--pid-file=", f"--log-facility={self.log}"]


class Atftpd(Peer):
    names = ("atftpd",)
    keeps_threads = False

    def arguments(self, root):
        return ["--daemon", "--no-fork", "--port", str(self.port), "--bind-address", "127.0.0.1", "--user", "root",
                "--group", "root", "--maxthread", str(CLIENTS_MAX), "--tftpd-timeout", "300", "--retry-timeout", "5",
                "--verbose=5", "--logfile", self.log, root]


class TftpdHpa(Peer):
    names = ("in.tftpd",)
    keeps_threads = False

    def arguments(self, root):
        return ["--foreground", "--address", f"127.0.0.1:{self.port}", "--secure", "--create", "--permissive",
                "--user", "root", root]


KINDS = {"light": Light, "light, a TID each": LightEach,
         "uvtftpd": Ours, "uvtftpd --single-port": OursSingle, "uvtftpd --workers 1": OursOneWorker,
         "uvtftpd --cache 4G": OursAllCached, "uvtftpd --cache 32M": OursSmallCache,
         "dnsmasq": Dnsmasq, "atftpd": Atftpd, "tftpd-hpa": TftpdHpa}


def fetch_peers(directory):
    """Debian's packages, unpacked and not installed. Says what went wrong, or None."""
    if glob.glob(os.path.join(directory, "**", "in.tftpd"), recursive=True):
        return None
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return "no apt-get here"
    os.makedirs(directory, exist_ok=True)
    for package in PACKAGES:
        got = subprocess.run(["apt-get", "download", package], cwd=directory, capture_output=True, text=True)
        if got.returncode != 0:
            return f"apt-get download {package}: {got.stderr.strip()[-200:]}"
    for archive in glob.glob(os.path.join(directory, "*.deb")):
        subprocess.run(["dpkg-deb", "-x", archive, directory], check=True)
    return None

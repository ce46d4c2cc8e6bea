"""What the kernel says about processes and the machine."""
import os
import time

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def read(path):
    """A file of /proc, empty if the process has gone meanwhile."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def fields_of(pid):
    """/proc/PID/stat behind the name: the state is number 0."""
    return read(f"/proc/{pid}/stat").rpartition(") ")[2].split()


def family(pid):
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in tasks(parent):
            found += [int(child) for child in read(f"/proc/{parent}/task/{task}/children").split()]
    return found


def tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def cpu_exact(pid):
    """Seconds of processor time of the threads that there are: for servers that keep theirs."""
    return sum(int((read(f"/proc/{pid}/task/{task}/schedstat").split() or ["0"])[0]) for task in tasks(pid)) / 1e9


class Account:
    """A control group: what all its processes used, those included that ended without anybody's waiting for them,
    as in.tftpd's do. Version 1 or 2, whichever we may use; without either usage_s() is None."""

    USAGES = {"/sys/fs/cgroup/cpuacct": "cpuacct.usage", "/sys/fs/cgroup": "cpu.stat",
              "/sys/fs/cgroup/unified": "cpu.stat"}

    def __init__(self, pid):
        self.path = None
        for base, usage in self.USAGES.items():
            path = os.path.join(base, f"uvtftp-bench.{pid}")
            try:
                os.mkdir(path)
                with open(os.path.join(path, "cgroup.procs"), "w", encoding="ascii") as file:
                    file.write(str(pid))
                self.path, self.usage = path, os.path.join(path, usage)
                return
            except OSError:
                self.close(path)

    def usage_s(self):
        words = read(self.usage).split() if self.path else []
        if len(words) == 1:
            return int(words[0]) / 1e9
        return int(words[1]) / 1e6 if words else None

    def close(self, path=None):
        """When all its processes have ended."""
        try:
            os.rmdir(path or self.path or "")
        except OSError:
            pass


def status(pid, key):
    """A number from /proc/PID/status, 0 if it is not there."""
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def peak_kib(pid):
    """The largest resident set there was; of several processes, what they have now, shared pages divided."""
    members = family(pid)
    if len(members) == 1:
        return status(pid, "VmHWM")
    return sum(pss_kib(member) for member in members)


def pss_kib(pid):
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def switches(pid):
    """Context switches of the threads that there are."""
    total = 0
    for task in tasks(pid):
        for line in read(f"/proc/{pid}/task/{task}/status").splitlines():
            if "ctxt_switches" in line:
                total += int(line.split()[1])
    return total


def kernel_kib():
    """What sockets, threads and processes cost the kernel: slabs, stacks, page tables, packets in queues."""
    total = 0
    for line in read("/proc/meminfo").splitlines():
        if line.split(":")[0] in ("SUnreclaim", "KernelStack", "PageTables"):
            total += int(line.split()[1])
    for line in read("/proc/net/sockstat").splitlines():
        if line.startswith("UDP:"):
            total += int(line.split()[-1]) * PAGE_BYTES // 1024
    return total


def is_bound(port):
    """Has somebody this UDP port on IPv4?"""
    wanted = f":{port:04X}"
    return any(line.split()[1].endswith(wanted) for line in read("/proc/net/udp").splitlines()[1:])


class Share:
    """How much of the machine went to others than us and our children that have ended."""

    def __init__(self):
        self.began = self.sample()

    @staticmethod
    def sample():
        numbers = [int(field) * TICK_S for field in read("/proc/stat").splitlines()[0].split()[1:9]]
        idle = numbers[3] + numbers[4]
        return time.monotonic(), sum(numbers) - idle, sum(os.times()[:4])

    def others(self):
        """Of all processors' time since the beginning."""
        elapsed, busy, ours = (now - before for now, before in zip(self.sample(), self.began))
        return max(0.0, busy - ours) / (elapsed * (os.cpu_count() or 1))


def describe():
    """The machine in words."""
    model = next((line.split(":")[1].strip() for line in read("/proc/cpuinfo").splitlines()
                  if line.startswith("model name")), os.uname().machine)
    memory = int(read("/proc/meminfo").split()[1]) / 1024 / 1024
    return (f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB, "
            f"{os.uname().sysname} {os.uname().release}")

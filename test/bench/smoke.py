"""Does the bench work? The smallest loads, no peers, every scenario: each must measure us, and nothing may fail.
Never how fast: the machine may be full. Usage: smoke.py BUILD"""
import os
import subprocess
import sys
import tempfile
import xml.dom.minidom

sys.dont_write_bytecode = True

import scenarios

NEEDS_MORE = {"calls"}  # strace, which sanitizers do not like


def fail(words):
    print(f"smoke: FAILED: {words}")
    sys.exit(1)


def main():
    with tempfile.TemporaryDirectory() as output:
        letters = [letter for letter in scenarios.SCENARIOS if letter not in NEEDS_MORE]
        done = subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py"),
                               "--build", sys.argv[1], "--smoke", "--without-peers", "--output", output,
                               "--only", ",".join(letters)], check=False)
        if done.returncode != 0:
            fail(f"run.py ended with {done.returncode}")
        with open(os.path.join(output, "RESULTS.md"), encoding="utf-8") as file:
            sections = file.read().split("\n## ")[1:]
        if len(sections) != len(letters):
            fail(f"{len(sections)} tables of {len(letters)} scenarios")
        for section in sections:
            rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")]
            if not any(row[1].startswith("uvtftpd") for row in rows):
                fail(f"no row of uvtftpd in: {section}")
        for name in ("transfers", "cpu"):
            drawing = xml.dom.minidom.parse(os.path.join(output, f"{name}.svg"))
            if not drawing.getElementsByTagName("polyline"):
                fail(f"{name}.svg shows nothing")


if __name__ == "__main__":
    main()

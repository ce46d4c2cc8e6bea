"""What zsh offers behind a line, one a line: zsh_offers.py COMPLETIONS LINE. A zsh at a terminal of its own lists it."""
import os
import pty
import re
import select
import sys
import tempfile
import time

TIMEOUT_S = 60

# One line, as if typed. Whatever is offered is also written to a file; ^X completes without running anything. Marks
# are written in two parts, so that their echo is not taken for them.
SETUP = "; ".join(
    (
        "PS1= PS2=",
        "fpath=(FUNCTIONS $fpath)",
        "autoload -Uz compinit",
        "compinit -D -u",
        "zstyle ':completion:*' verbose no",
        "setopt no_list_beep",
        "OFFERS=FUNCTIONS/offers",
        ": >$OFFERS",
        "compadd() { builtin compadd -O offered \"$@\"; print -lr -- '<'${^offered}'>' >>$OFFERS; builtin compadd \"$@\" }",
        "list() { zle list-choices; print -n 'list''ed' }",
        "zle -N list",
        "bindkey '^X' list",
        "print 're''ady'\n",
    )
)


def read_until(fd, mark):
    """What came before the mark."""
    text = b""
    end = time.monotonic() + TIMEOUT_S
    while mark not in text:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"zsh did not answer: {text!r}")
        text += os.read(fd, 4096)
    return text.split(mark)[0]


def main():
    completions, line = sys.argv[1:]
    with tempfile.TemporaryDirectory() as functions:
        for program in ("uvtftpd", "uvtftp"):
            os.symlink(os.path.abspath(f"{completions}/{program}.zsh"), f"{functions}/_{program}")
        pid, fd = pty.fork()
        if pid == 0:
            os.execvp("zsh", ["zsh", "-f", "-i"])
        os.write(fd, SETUP.replace("FUNCTIONS", functions).encode())
        read_until(fd, b"ready")
        os.write(fd, line.encode() + b"\x18")
        read_until(fd, b"listed")
        os.write(fd, b"\x03\x04")
        os.close(fd)
        os.waitpid(pid, 0)
        with open(f"{functions}/offers", encoding="utf-8") as offers:
            for match in sorted(set(re.findall(r"^<(.+)>$", offers.read(), re.M))):
                print(match.rstrip("/="))


main()

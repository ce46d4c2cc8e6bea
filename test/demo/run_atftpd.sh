#!/bin/sh
# Debian's atftpd as Debian sets it up (/etc/default/atftpd), but on DEMO_PORT of loopback: one thread for each
# client, 100 of them at most. Runs until Ctrl-C. Usage: run_atftpd.sh [ROOT]
. "${0%/*}/lib.sh"
find_atftpd || die "no atftpd here, and none could be fetched: apt-get install atftpd"
root=${1:-}
if [ -z "$root" ]; then
	root=$(mktemp -d)
	make_root "$root"
fi
user=$(id -un)
# Its log goes to syslog, as it does there.
exec "$atftpd" --daemon --no-fork --bind-address 127.0.0.1 --port "$DEMO_PORT" --user "$user" \
	--group "$(id -gn)" --tftpd-timeout 300 --retry-timeout 5 --maxthread 100 --verbose=5 "$root"

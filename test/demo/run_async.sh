#!/bin/sh
# uvtftpd as it is by default, on DEMO_PORT of loopback. Runs until Ctrl-C. Usage: run_async.sh [ROOT]
. "${0%/*}/lib.sh"
root=${1:-}
if [ -z "$root" ]; then
	root=$(mktemp -d)
	make_root "$root"
fi
exec "$DEMO_BUILD/bin/uvtftpd" --quiet --listen "127.0.0.1:$DEMO_PORT" "$root"

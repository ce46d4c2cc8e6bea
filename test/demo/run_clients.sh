#!/bin/sh
# So many machines are switched on at the same moment and boot from DEMO_PORT, whoever serves there. Like a boot
# ROM each asks again after a second of silence, five times in all. Usage: run_clients.sh -c N [OPTION OF uvtftp storm...]
. "${0%/*}/lib.sh"
[ "${1:-}" = -c ] || die "usage: run_clients.sh -c N"
exec "$DEMO_BUILD/bin/uvtftp" storm --retry 1 --tries 5 "$@" "tftp://127.0.0.1:$DEMO_PORT/$boot_file"

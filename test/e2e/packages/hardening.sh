#!/bin/sh
# How much of the system the unit leaves in reach, as systemd sees it: at most 1.5 of 10. boot.sh shows that everything
# still works under it. Usage: sh hardening.sh BUILD_DIR [UNIT...]; further units are shown beside it.
set -eu
exposure_max=15 # tenths
activated_max=11 # started by the socket, as uvtftpd.socket says: it needs no capability
if [ $# -lt 1 ] || [ ! -r "$1/systemd/uvtftpd.service" ]; then
	echo "Usage: $0 BUILD_DIR [UNIT...]" >&2
	exit 2
fi
command -v systemd-analyze >/dev/null || {
	echo 'hardening: skipped: systemd-analyze is not installed'
	exit 77
}
unit=$1/systemd/uvtftpd.service
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed 's/^\(AmbientCapabilities=\|CapabilityBoundingSet=\).*/\1/; s/^NoNewPrivileges/PrivateUsers=yes\n&/' "$unit" \
	>"$work/activated.service"
shift
for shown in "$unit" "$work/activated.service" "$@"; do
	systemd-analyze security --offline=true --no-pager "$shown" 2>/dev/null | tail -n 1
done

# at_most TENTHS UNIT
at_most() {
	systemd-analyze security --offline=true --no-pager --threshold="$1" "$2" >/dev/null 2>&1 || {
		systemd-analyze security --offline=true --no-pager "$2" || :
		echo "hardening: FAILED: ${2##*/}: more than $1 tenths" >&2
		exit 1
	}
}
at_most $exposure_max "$unit"
at_most $activated_max "$work/activated.service"

#!/bin/sh
# How much of the system the unit leaves in reach, as systemd sees it: at most 1.5 of 10. boot.sh shows that everything
# still works under it. Usage: sh hardening.sh BUILD_DIR [UNIT...]; further units are shown beside it.
set -eu
exposure_max=15 # tenths
if [ $# -lt 1 ] || [ ! -r "$1/systemd/uvtftpd.service" ]; then
	echo "Usage: $0 BUILD_DIR [UNIT...]" >&2
	exit 2
fi
command -v systemd-analyze >/dev/null || {
	echo 'hardening: skipped: systemd-analyze is not installed'
	exit 77
}
unit=$1/systemd/uvtftpd.service
shift
for shown in "$unit" "$@"; do
	systemd-analyze security --offline=true --no-pager "$shown" 2>/dev/null | tail -n 1
done
systemd-analyze security --offline=true --no-pager --threshold=$exposure_max "$unit" >/dev/null 2>&1 || {
	systemd-analyze security --offline=true --no-pager "$unit" || :
	echo "hardening: FAILED: more than $exposure_max tenths" >&2
	exit 1
}

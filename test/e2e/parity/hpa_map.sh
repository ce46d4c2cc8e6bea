#!/bin/sh
# Holds the table of map files against the real in.tftpd of tftpd-hpa, which need not be installed:
#
#   apt-get download tftpd-hpa libwrap0
#   for package in *.deb; do dpkg-deb -x "$package" unpacked; done
#   LD_LIBRARY_PATH=$PWD/unpacked/usr/lib/x86_64-linux-gnu IN_TFTPD=$PWD/unpacked/usr/sbin/in.tftpd \
#       sh test/e2e/parity/hpa_map.sh build/dev/test-bin/hpa_map
#
# Exit status 77: something is missing, and what is said.
set -u

asker=${1:?usage: hpa_map.sh HPA_MAP [TABLE]}
table=${2:-$(dirname "$0")/map_cases.txt}

skip() {
	echo "skipped: $1"
	exit 77
}

if [ -z "${IN_TFTPD:-}" ]; then
	IN_TFTPD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v in.tftpd) ||
		skip "in.tftpd is not in PATH, and IN_TFTPD does not name it"
fi
version=$("$IN_TFTPD" --version 2>&1 | head -n 1)
case $version in
"tftp-hpa 5.2"*remap*) ;;
*) skip "needs a tftp-hpa 5.2 with remap; $IN_TFTPD says: $version" ;;
esac
[ "$(id -u)" -eq 0 ] || skip "in.tftpd needs root for its chroot"

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$scratch"

# Versions between 5.2 and 5.3 call themselves 5.2 too, know the operator E and refuse combinations that 5.2 takes.
printf 'E x\n' >"$scratch/newer"
"$IN_TFTPD" --map-file "$scratch/newer" --secure "$scratch" </dev/null
[ $? -eq 78 ] || skip "$IN_TFTPD is newer than 5.2"

"$asker" "$IN_TFTPD" "$table" "$scratch"

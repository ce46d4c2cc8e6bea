#!/bin/sh
# Packages of an earlier version, for the others to upgrade from: sh older.sh OUTPUT [REVISION]
# REVISION is the last release by default. One that has the version of today is numbered 0.0.1, so that it is earlier.
set -eu
source=$(cd "${0%/*}/../../.." && pwd)
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	echo "Usage: $0 OUTPUT [REVISION]" >&2
	exit 2
fi
mkdir -p "$1"
output=$(cd "$1" && pwd)
revision=${2:-$(git -C "$source" describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null || :)}
[ -n "$revision" ] || {
	echo 'older: there is no release yet: name a revision' >&2
	exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version() {
	sed -n 's/^#define UVTFTP_VERSION "\(.*\)"/\1/p' "$1/include/uvtftp.h"
}
git clone --quiet "$source" "$work/uvtftp"
git -C "$work/uvtftp" checkout --quiet "$(git -C "$source" rev-parse "$revision^{commit}")"
if [ "$(version "$work/uvtftp")" = "$(version "$source")" ]; then
	sed -i 's/^#define UVTFTP_VERSION .*/#define UVTFTP_VERSION "0.0.1"/' "$work/uvtftp/include/uvtftp.h"
fi
cd "$work/uvtftp"
{
	cmake --preset release -DUVTFTP_TESTS=OFF
	cmake --build --preset release --parallel "$(nproc)"
	cmake --build --preset release --target package
} >"$work/log" 2>&1 || {
	tail -n 30 "$work/log"
	exit 1
}
find build/release/packages -maxdepth 1 \( -name '*.deb' -o -name '*.rpm' \) -exec cp {} "$output" \;
echo "older: $revision is $(version .), in $output"

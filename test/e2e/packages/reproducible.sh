#!/bin/sh
# Two clones of what is committed, in two places, built at two times with two umasks: every file of the release is equal.
# Usage: sh reproducible.sh [CMAKE_ARGUMENT...], anywhere in the repository; needs git and what building needs.
set -eu
source=$(cd "${0%/*}/../../.." && pwd)
[ -e "$source/.git" ] || {
	echo 'reproducible: skipped: not a repository'
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build NAME UMASK TIMEZONE
build() {
	mkdir -p "$work/$1"
	git clone --quiet "$source" "$work/$1/uvtftp"
	(
		umask "$2"
		export TZ="$3"
		cd "$work/$1/uvtftp"
		shift 3
		cmake --preset release -DUVTFTP_TESTS=OFF "$@" >"$work/log" 2>&1 &&
			cmake --build --preset release --parallel "$(nproc)" >>"$work/log" 2>&1 &&
			cmake --build --preset release --target package >>"$work/log" 2>&1
	) || {
		tail -n 30 "$work/log"
		exit 1
	}
}

build one 022 UTC "$@"
build another/and-deeper 077 Asia/Tokyo "$@"
one=$work/one/uvtftp/build/release/packages
two=$work/another/and-deeper/uvtftp/build/release/packages
cat "$one/SHA256SUMS"
(cd "$two" && sha256sum --quiet --check SHA256SUMS)
if ! cmp "$one/SHA256SUMS" "$two/SHA256SUMS"; then
	diff "$one/SHA256SUMS" "$two/SHA256SUMS" || :
	if command -v diffoscope >/dev/null; then
		diffoscope --max-report-size 20000 "$one" "$two" || :
	fi
	echo 'reproducible: FAILED: two builds differ' >&2
	exit 1
fi
echo "reproducible: passed: $(wc -l <"$one/SHA256SUMS") files are equal"

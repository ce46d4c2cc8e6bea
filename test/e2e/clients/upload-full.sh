#!/bin/sh
# A disk that is full: ERROR 3, the old file stays, nothing is left behind. Quotas end an upload the same way.
if [ "${UVTFTP_OWN_MOUNTS:-}" != yes ] && [ $# -eq 1 ]; then
	if ! unshare -m true 2>/dev/null; then
		echo "upload-full: skipped: no mount namespace of one's own (not root)"
		exit 77
	fi
	UVTFTP_OWN_MOUNTS=yes exec unshare -m sh "$0" "$@"
fi
. "${0%/*}/lib.sh"
need sha256sum
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'
"$bin/uvtftp" put --help >/dev/null 2>&1 || skip 'this uvtftp has no put'
mount -t tmpfs -o size=2m,mode=0755 none "$root" 2>/dev/null || skip 'cannot mount a tmpfs'
trap 'umount "$root" 2>/dev/null || umount -l "$root" 2>/dev/null || :; clean_up' EXIT

head -c 1048576 /dev/urandom >"$work/1M"
head -c 8388608 /dev/urandom >"$work/8M"
head -c 3000 /dev/urandom >"$work/old"

put() {
	"$bin/uvtftp" put --quiet "$@" 2>"$work/said"
}

# refuse WORDS FILE NAME [OPTION...]: ERROR 3 with these words, and what was there is there.
refuse() {
	words=$1
	source=$2
	target=$3
	shift 3
	before=$(cd "$root" && find . -type f -exec sha256sum {} + | sort)
	if put "$@" "$source" "tftp://127.0.0.1:$port/$target"; then
		fail "$target found room"
	fi
	grep -q "$words" "$work/said" || fail "the client said: $(cat "$work/said")"
	wait_until 10 log_has 'error=3' || fail 'the log has no error=3'
	[ "$before" = "$(cd "$root" && find . -type f -exec sha256sum {} + | sort)" ] ||
		fail "left in the directory: $(ls -lA "$root")"
	: >"$log"
}

# Standard input has no size to announce.
refuse_stream() {
	words=$1
	target=$2
	shift 2
	refuse "$words" - "$target" "$@" <"$work/8M"
}

cp "$work/old" "$root/file"
start_daemon --write=overwrite
refuse 'larger than what is free' "$work/8M" file
refuse 'larger than what is free' "$work/8M" new
refuse_stream 'disk is full' file
refuse_stream 'disk is full' new --blksize 1428
# What was written of them is free again, soon after the client was told.
wait_until 20 put "$work/1M" "tftp://127.0.0.1:$port/file" || fail "1 MiB found no room: $(cat "$work/said")"
cmp "$work/1M" "$root/file" || fail 'the file is not what was sent'
refuse_stream 'disk is full' file
[ "$(find "$root" -mindepth 1 | wc -l)" -eq 1 ] || fail "left: $(ls -A "$root")"
stop_daemon

# The same by a quota.
rm "$root/file"
cp "$work/old" "$root/file"
start_daemon --write=overwrite --quota 100K
refuse 'quota' "$work/1M" file
refuse_stream 'quota' file
stop_daemon
start_daemon --write=overwrite --max-upload 100K
refuse 'larger than this server takes' "$work/1M" file
refuse_stream 'larger than this server takes' new
stop_daemon
cmp "$work/old" "$root/file" || fail 'the old file has changed'

#!/bin/sh
# Uploads by every client that is installed: what arrives is what was sent, and nothing else is left.
. "${0%/*}/lib.sh"
need sha256sum

sent=$work/sent
mkdir "$sent"
for size in $small_files; do
	head -c "$size" /dev/urandom >"$sent/$size"
done
head -c 104857600 /dev/urandom >"$sent/100M"

# --- one function a client: put_CLIENT FILE NAME ------------------------------------------------------

options=
put_curl() {
	# shellcheck disable=SC2086 # words
	curl --silent --show-error $options -T "$1" "tftp://127.0.0.1:$port/$2"
}
put_tftp_hpa() {
	tftp -m binary 127.0.0.1 "$port" -c put "$1" "$2"
}
put_atftp() {
	# shellcheck disable=SC2086 # words
	set -- --put --local-file "$1" --remote-file "$2" 127.0.0.1 "$port"
	[ -z "$windowsize" ] || set -- --option "windowsize $windowsize" "$@"
	[ -z "$blksize" ] || set -- --option "blksize $blksize" "$@"
	atftp "$@" >"$work/said" 2>&1
}
put_busybox() {
	# shellcheck disable=SC2086 # words
	busybox tftp -p $options -l "$1" -r "$2" 127.0.0.1 "$port" 2>"$work/said"
}
put_uvtftp() {
	# shellcheck disable=SC2086 # words
	"$bin/uvtftp" put --quiet $options "$1" "tftp://127.0.0.1:$port/$2"
}

has_curl() {
	curl --version 2>/dev/null | grep -q '^Protocols:.* tftp'
}
has_tftp_hpa() {
	tftp -V 2>/dev/null | grep -q '^tftp-hpa'
}
has_atftp() {
	command -v atftp >/dev/null
}
has_busybox() {
	busybox --list 2>/dev/null | grep -qx tftp
}
has_uvtftp() {
	[ -x "$bin/uvtftp" ] && "$bin/uvtftp" put --help >/dev/null 2>&1
}

# --- what is demanded ---------------------------------------------------------------------------------

hash_of() {
	sha256sum <"$1"
}

# upload CLIENT FILE...: each arrives whole; then the served directory holds these alone.
upload() {
	client=$1
	shift
	for file in "$@"; do
		: >"$work/said"
		"put_$client" "$sent/$file" "$file" ||
			fail "$client did not upload $file (status $?): $(cat "$work/said")"
		# BusyBox 1.35 takes an ACK of the last block but one that comes again, as it does if this client has stood
		# still for a while, for the last one.
		[ "$client" != busybox ] || wait_until 20 test -f "$root/$file" || :
		[ -f "$root/$file" ] || fail "$client ended well, but $file is not there: $(cat "$work/said")"
		[ "$(hash_of "$sent/$file")" = "$(hash_of "$root/$file")" ] ||
			fail "$file of $client is not what was sent"
	done
	[ "$(find "$root" -mindepth 1 | wc -l)" -eq $# ] || fail "$client left: $(ls -A "$root")"
	for file in "$@"; do
		rm "$root/$file"
	done
}

# In each way the daemon can answer.
upload_small() {
	for way in --write=create --write=overwrite '--write --single-port'; do
		# shellcheck disable=SC2086 # words
		start_daemon $way
		# shellcheck disable=SC2086 # words
		upload "$1" $small_files
		stop_daemon
	done
}

# A client is told so when the name is taken, and the file stays.
refuse_again() {
	start_daemon --write=create
	echo old >"$root/513"
	if "put_$1" "$sent/513" 513 >"$work/refused" 2>&1 && [ "$1" != tftp_hpa ] && [ "$1" != atftp ]; then
		fail "$1 takes a refusal for a success"
	fi
	[ "$(cat "$root/513")" = old ] || fail "$1 replaced a file that was to stay"
	rm "$root/513"
	stop_daemon
}

upload_large() {
	start_daemon --write
	upload "$1" 100M
	stop_daemon
}

clients=0
# begin CLIENT: whether it is here.
begin() {
	if "has_$1"; then
		clients=$((clients + 1))
		options=
		blksize=
		windowsize=
		return 0
	fi
	echo "$name: $1 is not installed: left out"
	return 1
}

if begin curl; then
	upload_small curl
	options='--tftp-blksize 1428'
	upload_small curl
	upload_large curl
	options='--tftp-no-options'
	upload_small curl
	refuse_again curl
fi
if begin tftp_hpa; then
	upload_small tftp_hpa
	refuse_again tftp_hpa
fi
if begin atftp; then
	upload_small atftp
	windowsize=4
	upload_small atftp
	blksize=1428
	upload_small atftp
	windowsize=64
	upload_large atftp
	windowsize=
	upload_small atftp
	upload_large atftp
	refuse_again atftp
fi
if begin busybox; then
	upload_small busybox
	options='-b 1428'
	upload_small busybox
	upload_large busybox
	options='-b 65464'
	upload_large busybox
	refuse_again busybox
fi
if begin uvtftp; then
	for options in '' --no-options '--blksize 1428 --windowsize 1'; do
		upload_small uvtftp
	done
	for options in '' '--blksize 1428' '--blksize 1428 --windowsize 64' '--blksize 65464 --windowsize 4'; do
		upload_large uvtftp
	done
	refuse_again uvtftp
fi
[ $clients -gt 0 ] || skip 'no client is installed'

#!/bin/sh
# The daemon and the client of BIN over loopback, downwards and upwards, with a port for each transfer and with one for all:
#   sh test/e2e/loopback.sh BIN [EMULATOR [OPTION OF THE CLIENT]...]
# For machines that are only emulated: needs nothing but a shell, cmp and what it tests.
set -eu

bin=$1
emulator=${2:-}
shift $(($# > 1 ? 2 : 1))
work=$(mktemp -d)
daemon=

stop() {
	status=0
	if [ -n "$daemon" ]; then
		kill "$daemon" 2>/dev/null || :
		wait "$daemon" || status=$?
		daemon=
	fi
}

finish() {
	result=$?
	stop
	[ "$result" = 0 ] || sed 's/^/  log: /' "$work/log"
	rm -rf "$work"
	exit "$result"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# transfers MODE [OPTION]...: the client gets every file whole, and puts one.
transfers() {
	mode=$1
	shift
	url=tftp://127.0.0.1:$port
	for file in empty small large; do
		# shellcheck disable=SC2086 # words
		$emulator "$bin/uvtftp" get -q "$@" -o "$work/got" "$url/$file"
		cmp "$work/root/$file" "$work/got"
	done
	# shellcheck disable=SC2086 # words
	$emulator "$bin/uvtftp" put -q "$@" "$work/root/large" "$url/put$mode"
	cmp "$work/root/large" "$work/root/put$mode"
}

mkdir -m 755 "$work/root"
chmod 755 "$work"
: >"$work/root/empty"
echo 'a line' >"$work/root/small"
# Many chunks and windows, and no multiple of a block.
head -c 3000001 /dev/urandom >"$work/root/large"
chmod 644 "$work/root"/*

for mode in "" --single-port; do
	mkfifo "$work/pipe"
	# shellcheck disable=SC2086
	$emulator "$bin/uvtftpd" $mode --write=create --listen 127.0.0.1:0 "$work/root" 2>"$work/pipe" &
	daemon=$!
	exec 3<"$work/pipe"
	rm "$work/pipe"
	port=
	while [ -z "$port" ] && read -r line <&3; do
		echo "$line" >>"$work/log"
		case $line in
		*'listening on 127.0.0.1:'*)
			port=${line##*listening on 127.0.0.1:}
			port=${port%%[!0-9]*}
			;;
		esac
	done
	[ -n "$port" ] || exit 1
	cat <&3 >>"$work/log" &
	reader=$!
	exec 3<&-
	transfers "$mode" "$@"
	stop
	wait "$reader"
	[ "$status" = 0 ] || exit "$status"
	echo "ok: get and put over loopback ${mode:-with a port for each transfer}"
done

#!/bin/sh
# What small machines are promised, of what the presets appliance and small have made: size, memory, and that it works.
#   sh test/e2e/packages/appliance.sh [BIN [SMALL_BIN]]    default: build/appliance/bin build/small/bin
# Anybody may run it: no root, nothing but a shell and binutils. BusyBox will do: busybox sh test/e2e/packages/...
set -eu
cd "$(dirname "$0")/../../.."

size_max=614400         # bytes of the static daemon: 600 KiB
small_size_max=153600   # of the one that takes its libraries from the system: 150 KiB
idle_kib_max=2048       # resident, with the settings that it has by itself
serving_kib_max=6144    # resident at most, serving $clients at once with $settings, or storing what they send
clients=200
settings='--cache 1M --max-sessions 256'

bin=${1:-build/appliance/bin}
small=${2:-build/small/bin}
work=$(mktemp -d)
daemon=

finish() {
	status=$?
	[ -z "$daemon" ] || kill "$daemon" || :
	wait
	[ "$status" = 0 ] || sed 's/^/  log: /' "$work/log"
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$work/log"

fail() {
	echo "appliance: FAILED: $*" >&2
	exit 1
}

# at_most WHAT VALUE LIMIT UNIT
at_most() {
	[ "$2" -le "$3" ] || fail "$1: $2 $4, at most $3 are promised"
	echo "appliance: $1: $2 $4 of $3"
}

# start [OPTION]...: returns when it serves; sets daemon and port.
start() {
	mkfifo "$work/pipe"
	"$bin/uvtftpd" "$@" --listen 127.0.0.1:0 "$work/root" 2>"$work/pipe" &
	daemon=$!
	exec 3<"$work/pipe"
	rm "$work/pipe"
	port=
	while read -r line <&3; do
		echo "$line" >>"$work/log"
		case $line in
		*'listening on 127.0.0.1:'*) port=${line##*127.0.0.1:} ;;
		*'uvtftpd: serving '*) break ;;
		esac
	done
	cat <&3 >>"$work/log" &
	exec 3<&-
	[ -n "$port" ] || fail 'the daemon does not start'
}

stop() {
	kill "$daemon"
	wait "$daemon" || fail "the daemon ended with status $?"
	daemon=
}

# The most that was resident, KiB. The kernel's peak is counted by thread and somewhat late; the sum over the maps is exact.
resident() {
	awk '/^(VmHWM|Rss):/ && $2 > most { most = $2 } END { print most }' \
		"/proc/$daemon/status" "/proc/$daemon/smaps_rollup"
}

! readelf --program-headers "$bin/uvtftpd" | grep -q INTERP || fail "$bin/uvtftpd is not static"
at_most 'size, static' "$(wc -c <"$bin/uvtftpd")" $size_max bytes
if [ -e "$small/uvtftpd" ]; then
	at_most 'size, dynamic' "$(wc -c <"$small/uvtftpd")" $small_size_max bytes
fi

mkdir -m 755 "$work/root"
chmod 755 "$work"
# Larger than the cache.
head -c 3000000 /dev/urandom >"$work/root/image"
chmod 644 "$work/root/image"
start
at_most 'resident, idle' "$(resident)" $idle_kib_max KiB
stop
# shellcheck disable=SC2086 # words
start $settings
"$bin/uvtftp" storm --quiet --clients $clients --blksize 1428 --windowsize 16 --repeat 2 \
	"tftp://127.0.0.1:$port/image" >"$work/storm" || {
	cat "$work/storm"
	fail 'not everybody got the file'
}
at_most "resident, $settings, serving $clients at once" "$(resident)" $serving_kib_max KiB
stop
# The cache is full while as many store.
# shellcheck disable=SC2086 # words
start $settings --write=create
for transfers in '--blksize 1428 image' '--put --size 200000 --blksize 1428 --windowsize 16 new'; do
	# shellcheck disable=SC2086 # words
	"$bin/uvtftp" storm --quiet --clients $clients ${transfers% *} "tftp://127.0.0.1:$port/${transfers##* }" \
		>"$work/storm" || {
		cat "$work/storm"
		fail "not everybody was served: $transfers"
	}
done
at_most "resident, $settings, $clients uploads at once" "$(resident)" $serving_kib_max KiB
stop
sh test/e2e/loopback.sh "$bin"
[ ! -e "$small/uvtftpd" ] || sh test/e2e/loopback.sh "$small"

# shellcheck shell=sh disable=SC2154 # what lib.sh sets
# What the tests of configuration share, after lib.sh: a file at $conf, and the words of one call.
conf=$work/uvtftpd.conf

# A build without libconfuse says so, and there is nothing else to test.
need_files() {
	: >"$conf"
	if "$bin/uvtftpd" -c "$conf" --print-config 2>&1 >/dev/null | grep -q 'built without configuration files'; then
		skip 'built without configuration files'
	fi
}

# expect STATUS TEXT WORD...: uvtftpd with these words ends so, and says TEXT (a basic regular expression).
expect() {
	wanted=$1
	text=$2
	shift 2
	status=0
	"$bin/uvtftpd" "$@" >"$work/said" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || fail "status $status instead of $wanted: uvtftpd $*: $(cat "$work/said")"
	grep -q -e "$text" "$work/said" || fail "no '$text' from uvtftpd $*: $(cat "$work/said")"
}

fetch() {
	"$bin/uvtftp" get --quiet -o "$3" "tftp://$1:$port/$2"
}

# Waits for what the last signal or change has to say, then forgets it.
expect_log() {
	wait_until 10 log_has "$1" || fail "the log lacks: $1"
	: >"$log"
}

# fetch_name NAME FILE: what comes under this name is that file.
fetch_name() {
	rm -f "$work/got"
	fetch 127.0.0.1 "$1" "$work/got" || fail "$1 was not fetched"
	cmp "$root/$2" "$work/got" || fail "$1 is not $2"
}

refuse_name() {
	if fetch 127.0.0.1 "$1" "$work/got" >/dev/null 2>&1; then
		fail "$1 was fetched"
	fi
}

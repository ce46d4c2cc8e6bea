#!/bin/sh
# What OpenWrt's init script would have procd run, with the configuration that is shipped: procd and uci are played here,
# the daemon is real and takes every option. In BusyBox's shell too, where there is one.
# Usage: sh openwrt.sh BUILD_DIR
set -eu
files=$(cd "${0%/*}/../../../packaging/openwrt/files" && pwd)
if [ $# -ne 1 ] || [ ! -x "$1/bin/uvtftpd" ]; then
	echo "Usage: $0 BUILD_DIR" >&2
	exit 2
fi
daemon=$1/bin/uvtftpd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "openwrt: FAILED: $*" >&2
	exit 1
}

cat >"$work/played" <<'END'
set -eu
said() { sed -n "s/^	$1 '*\([^']*\)'*$/\1/p" "$config"; }
config_load() { [ "$1" = uvtftpd ]; }
config_foreach() { ! grep -q "^config $2$" "$config" || "$1" a_section; }
config_get() {
	value=$(said "option $3")
	eval "$1=\${value:-\$4}"
}
config_get_bool() { config_get "$@"; }
config_list_foreach() { said "list $2" >"$config.list"; while read -r word; do "$3" "$word"; done <"$config.list"; }
words() { for word; do printf '%s\n' "$word"; done; }
procd_open_instance() { :; }
procd_close_instance() { echo closed >"$config.closed"; }
procd_set_param() { [ "$1" != command ] || { shift; words "$@" >"$config.command"; }; }
procd_append_param() { [ "$1" = command ]; shift; words "$@" >>"$config.command"; }
procd_add_jail() { :; }
procd_add_jail_mount_rw() { :; }
config=$2
. "$1"
[ "$USE_PROCD" = 1 ]
start_service
END

# command_of CONFIG SHELL...: what is to be run, a word a line, into CONFIG.command
command_of() {
	config=$1
	shift
	rm -f "$config.command" "$config.closed"
	"$@" -n "$files/uvtftpd.init" || fail "$* does not understand the script"
	"$@" "$work/played" "$files/uvtftpd.init" "$config" || fail "the script fails in $*"
}

shells='sh'
! command -v busybox >/dev/null || shells='sh busybox'
for shell in $shells; do
	[ "$shell" = sh ] || shell='busybox ash'
	cp "$files/uvtftpd.config" "$work/shipped"
	# shellcheck disable=SC2086 # words
	command_of "$work/shipped" $shell
	[ ! -e "$work/shipped.command" ] || fail 'it starts before anybody has enabled it'

	sed "s|option enabled.*|option enabled '1'|; s|option root.*|option root '$work/served here'|; s|option listen.*|option listen ':6969'|
		s|.*# list option|	list option|" "$files/uvtftpd.config" >"$work/enabled"
	# shellcheck disable=SC2086
	command_of "$work/enabled" $shell
	[ -e "$work/enabled.closed" ] || fail 'the instance is left open'
	[ -d "$work/served here" ] || fail 'the directory is not made'
	sed 1d "$work/enabled.command" >"$work/words"
	[ "$(sed -n 1p "$work/enabled.command")" = /usr/sbin/uvtftpd ] || fail 'something else is run'
	set --
	while IFS= read -r word; do
		set -- "$@" "$word"
	done <"$work/words"
	"$daemon" "$@" --print-config >"$work/settings" || fail "the daemon does not take: $*"
	for wanted in 'cache = 1M' 'max-sessions = 256' 'workers = 1' 'single-port = true' "root = \"$work/served here\"" \
		'listen = {":6969"}'; do
		grep -qxF "$wanted" "$work/settings" || fail "'$wanted' does not come of the configuration"
	done
	rmdir "$work/served here"
	echo "openwrt: ok in $shell"
done

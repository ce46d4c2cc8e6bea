#!/bin/sh
# SIGHUP and changes of the map file: new settings come into force, wrong ones do not.
. "${0%/*}/../clients/lib.sh"
. "${0%/*}/conf.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'
need_files

random_file one 100
random_file two 200
map=$work/map
echo 'r ^alias$ one' >"$map"
printf 'map-file = "%s"\ncache = 1M\n' "$map" >"$conf"

start_daemon -c "$conf"
fetch_name alias one
refuse_name other

# The map file is watched. Renamed into place, it is never seen empty.
echo 'r ^alias$ two' >"$map.next"
mv "$map.next" "$map"
expect_log 'settings reloaded from .*map file'
fetch_name alias two

# A rule of a file that is read again.
printf 'map-file = "%s"\ncache = 1M\nrule stop { name = two action = deny reason = "stopped" }\n' "$map" >"$conf"
kill -HUP "$daemon"
expect_log 'settings reloaded from .*rules 1'
refuse_name two
fetch_name one one
wait_until 10 log_has 'rule="stop"' || fail 'the log does not name the rule'

# Faults: the settings stay.
printf 'map-file = "%s"\n\nrules = 1\n' "$map" >"$conf"
kill -HUP "$daemon"
expect_log "not reloaded.*$conf:3: there is no key 'rules'"
refuse_name two
printf 'root = "/nonexistent"\n' >"$conf"
kill -HUP "$daemon"
expect_log 'settings reloaded' # the argument on the command line wins
fetch_name two two
printf 'directory gone { path = "%s" }\n' "$work/gone" >"$conf"
kill -HUP "$daemon"
expect_log "not reloaded.*gone"
fetch_name one one

# What cannot change is named, and only that.
printf 'cache = 2M\nworkers = 3\ndrain = 1\n' >"$conf"
kill -HUP "$daemon"
wait_until 10 log_has 'settings reloaded' || fail 'not reloaded'
log_has "'cache' changed: takes effect after a restart" || fail 'cache is not named'
log_has "'workers' changed: takes effect after a restart" || fail 'workers is not named'
if log_has "'drain' changed"; then
	fail 'drain needs no restart'
fi
: >"$log"
printf 'cache = 1024K\n' >"$conf"
kill -HUP "$daemon"
wait_until 10 log_has 'settings reloaded' || fail 'not reloaded'
if log_has 'after a restart'; then
	fail 'nothing differs from the start'
fi
stop_daemon

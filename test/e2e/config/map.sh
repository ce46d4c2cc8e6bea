#!/bin/sh
# Without a configuration file SIGHUP reads the map file again, and its changes are seen by themselves.
. "${0%/*}/../clients/lib.sh"
. "${0%/*}/conf.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'

random_file one 100
random_file two 200
map=$work/map
echo 'r ^alias$ one' >"$map"
start_daemon --map-file "$map"
fetch_name alias one
echo 'r ( one' >"$map"
kill -HUP "$daemon"
expect_log 'not reloaded.*map'
fetch_name alias one
echo 'r ^alias$ two' >"$map"
kill -HUP "$daemon"
expect_log 'settings reloaded: .*map file'
fetch_name alias two
rm "$map"
expect_log 'not reloaded.*map'
fetch_name alias two
stop_daemon

#!/bin/sh
# Without a configuration file SIGHUP reads the map file again, and its changes are seen by themselves.
. "${0%/*}/../clients/lib.sh"
. "${0%/*}/conf.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'

random_file one 100
random_file two 200
map=$work/map

# write_map RULE: renamed into place. The daemon may look at any time, and an empty file is a map that is in order.
write_map() {
	echo "$1" >"$map.next"
	mv "$map.next" "$map"
}

write_map 'r ^alias$ one'
start_daemon --map-file "$map"
fetch_name alias one
write_map 'r ( one'
kill -HUP "$daemon"
expect_log 'not reloaded.*map'
fetch_name alias one
write_map 'r ^alias$ two'
kill -HUP "$daemon"
expect_log 'settings reloaded: .*map file'
fetch_name alias two
rm "$map"
expect_log 'not reloaded.*map'
fetch_name alias two
stop_daemon

#!/bin/sh
# What the daemon's one table generates is what lies in the tree. To renew it:
#   uvtftpd --sample-config >packaging/uvtftpd.conf
#   uvtftpd --man-config, between "begin" and "end" of packaging/man/uvtftpd.conf.5
. "${0%/*}/../clients/lib.sh"
packaging=${0%/*}/../../../packaging

"$bin/uvtftpd" --sample-config >"$work/sample"
cmp "$work/sample" "$packaging/uvtftpd.conf" || fail 'packaging/uvtftpd.conf is not --sample-config'

"$bin/uvtftpd" --man-config >"$work/keys"
[ -s "$work/keys" ] || fail '--man-config wrote nothing'
sed -n '/^\.\\" begin$/,/^\.\\" end$/p' "$packaging/man/uvtftpd.conf.5" | sed '1d;$d' >"$work/keys.man"
cmp "$work/keys" "$work/keys.man" || fail 'the keys in packaging/man/uvtftpd.conf.5 are not --man-config'

# Every flag is in the manual of the daemon.
"$bin/uvtftpd" --help | sed -n 's/^ .. *\(--[a-z-]*\).*/\1/p; s/^  -., \(--[a-z-]*\).*/\1/p' | sort -u >"$work/flags"
[ "$(wc -l <"$work/flags")" -gt 20 ] || fail '--help names no flags'
while read -r flag; do
	grep -Eq "^\.(It|Op|Fl).*[ ]${flag#-}( |$)" "$packaging/man/uvtftpd.8" ||
		fail "packaging/man/uvtftpd.8 lacks $flag"
done <"$work/flags"

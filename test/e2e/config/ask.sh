#!/bin/sh
# --check-config, --print-config and --explain: what is said of settings without serving.
. "${0%/*}/../clients/lib.sh"
. "${0%/*}/conf.sh"
need_files

random_file file 10
mkdir "$root/sub" "$work/uploads"
cat >"$conf" <<EOF
root = "$root"
cache = 1M
directory uploads { path = "$work/uploads" }
rule inner { client = 192.0.2.0/24 action = allow }
rule secret {
	name = {"sub/*"}
	action = deny
	reason = "not for you"
}
EOF

expect 0 '^OK$' -c "$conf" --check-config
expect 0 '^OK$' --check-config "$root"
expect 1 'nonexistent' -c /nonexistent --check-config
expect 1 'nonexistent' --check-config "$work/nonexistent"
expect 2 '--cache' -c "$conf" --cache lots --check-config

# As a file and as flags, the same comes out.
"$bin/uvtftpd" -c "$conf" --print-config >"$work/printed"
expect 0 '^OK$' -c "$work/printed" --check-config
"$bin/uvtftpd" -c "$work/printed" --print-config | cmp - "$work/printed" || fail 'print-config does not read itself'
expect 0 '^cache = 2M$' -c "$conf" --cache 2M --print-config
expect 0 '^cache = 1M$' -c "$conf" --print-config

expect 0 . -c "$conf" --explain 198.51.100.1 file
expect 1 'not for you' -c "$conf" --explain 198.51.100.1 sub/x
expect 1 . -c "$conf" --explain 192.0.2.1 missing
expect 1 . --explain 192.0.2.1 new "$root" --write
expect 0 . --explain 192.0.2.1 new "$root" --write --write=create
expect 1 . --explain 192.0.2.1 file "$root" --write --write=create
expect 2 'numeric' -c "$conf" --explain localhost file
expect 2 'CLIENT and NAME' -c "$conf" --explain 192.0.2.1

# Faults have a place.
for fault in 'workers = 0' 'frobnicate = 1' 'rule x { client = nobody }' 'root = /twice' 'listen = {:1'; do
	printf '%s\n%s\n' "$(cat "$work/printed")" "$fault" >"$conf"
	line=$(wc -l <"$conf")
	expect 1 "^uvtftpd: $conf:$line: " -c "$conf" --check-config
	expect 1 "^uvtftpd: $conf:$line: " -c "$conf"
done

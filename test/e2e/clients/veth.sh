#!/bin/sh
# A client at the other end of a wire whose MTU is not Ethernet's: blocks fit it, and nothing is sent in fragments.
. "${0%/*}/lib.sh"
need ip unshare nsenter
[ "${UVTFTP_OWN_NET:-}" = yes ] || skip 'no network of its own'

# Holds the client's network.
mkfifo "$work/hold"
unshare --net cat "$work/hold" &
client=$!
children=$client
exec 4>"$work/hold"
own=$(readlink /proc/self/ns/net)
in_its_own() {
	[ "$(readlink "/proc/$client/ns/net")" != "$own" ]
}
wait_until 20 in_its_own || fail 'the client has no network of its own'
ip link add here type veth peer name there netns "$client" 2>/dev/null || skip 'no veth in this kernel'
ip addr add 192.0.2.1/24 dev here
ip addr add 2001:db8::1/64 dev here nodad
ip link set here up
at_client() {
	nsenter --target "$client" --net "$@"
}
at_client ip addr add 192.0.2.2/24 dev there
at_client ip addr add 2001:db8::2/64 dev there nodad
at_client ip link set there up

fragments() {
	sed -n 's/^Ip6FragCreates *//p' /proc/net/snmp6
	awk '$1 == "Ip:" { n = $20 } END { print n }' /proc/net/snmp
}

# fetch_over MTU ADDRESS BLKSIZE
fetch_over() {
	rm -f "$work/got"
	at_client "$bin/uvtftp" get --blksize 65464 --output "$work/got" "tftp://$2:$port/file" >/dev/null 2>&1 ||
		fail "nothing came over MTU $1 from $2"
	cmp "$root/file" "$work/got" || fail "what came is not the file"
	wait_until 20 log_has "options=\".*blksize=$3[ \"]" || fail "the block over MTU $1 was not $3"
}

random_file file 500000
before=$(fragments)
for mtu in 1400 1500 9000; do
	ip link set here mtu $mtu
	at_client ip link set there mtu $mtu
	start_daemon --listen 192.0.2.1:0
	fetch_over $mtu 192.0.2.1 $((mtu - 32))
	stop_daemon
	start_daemon --listen '[2001:db8::1]:0'
	fetch_over $mtu '[2001:db8::1]' $((mtu - 52))
	stop_daemon
done
# Of one route among others.
ip link set here mtu 1500
ip route replace 192.0.2.2/32 dev here mtu 1300
start_daemon --listen 192.0.2.1:0
fetch_over 1300 192.0.2.1 1268
stop_daemon
[ "$(fragments)" = "$before" ] || fail 'fragments were sent'
exec 4>&-

#!/bin/sh
# Writes the seed corpora: sh seeds.sh DIRECTORY. Every packet is one that a client in the field sends, or
# one step from it. What fuzzing finds later is kept as a file in repro/.
set -eu
LC_ALL=C
export LC_ALL
out=$1
rm -rf "$out/packet" "$out/transfer" "$out/netascii" "$out/addr"
mkdir -p "$out/packet" "$out/transfer" "$out/netascii" "$out/addr"

# shellcheck disable=SC2059 # packets are printf formats: \0 and octal escapes
raw() { printf "$@"; }
u16() { raw "\\$(printf %03o $(($1 / 256)))\\$(printf %03o $(($1 % 256)))"; }

# --- packets -------------------------------------------------------------------------------------------
packet() { raw "$2" >"$out/packet/$1"; }

packet edk2_probe '\0\001EFI/BOOT/BOOTX64.EFI\0octet\0tsize\0000\0blksize\0001468\0windowsize\0004\0'
packet edk2_read '\0\001grubx64.efi\0octet\0blksize\0001468\0windowsize\0004\0'
packet ipxe '\0\001undionly.kpxe\0octet\0blksize\0001432\0tsize\0000\0'
packet pxelinux '\0\001pxelinux.cfg/01-52-54-00-12-34-56\0octet\0tsize\0000\0blksize\0001408\0'
packet uboot '\0\001uImage\0octet\0timeout\0005\0blksize\0001468\0'
packet uboot_window '\0\001C0A80001.img\0octet\0timeout\0005\0blksize\0001468\0windowsize\00016\0'
packet grub '\0\001/boot/grub/x86_64-efi/command.lst\0octet\0blksize\0001024\0tsize\0000\0'
packet curl '\0\001big.bin\0octet\0tsize\0000\0blksize\000512\0timeout\0006\0'
packet curl_put '\0\002up.bin\0octet\0tsize\0001048576\0blksize\000512\0timeout\0006\0'
packet atftp '\0\001file\0octet\0tsize\0000\0timeout\0005\0blksize\0008192\0windowsize\0008\0'
packet busybox '\0\001busybox.bin\0octet\0blksize\0001432\0tsize\0000\0'
packet tftp_hpa '\0\001readme.txt\0netascii\0'
packet tftp_hpa_put '\0\002notes.txt\0netascii\0'
packet windows_bootmgr '\0\001\\Boot\\BCD\0octet\0tsize\0000\0blksize\0001456\0windowsize\0004\0msftwindow\00031416\0'
packet windows_wdsnbp '\0\001boot\\x64\\wdsnbp.com\0octet\0tsize\0000\0'
packet intel_pxe '\0\001pxeboot.0\0octet\0tsize\0000'
packet capitals '\0\001NETBOOT\0OCTET\0BLKSIZE\0001024\0TSize\0000\0'
packet rollover '\0\001huge.img\0octet\0blksize\0008\0rollover\0001\0'
packet cisco '\0\001network-confg\0octet\0'
packet mail '\0\001root\0mail\0'
packet no_mode_end '\0\001file\0octet'
packet parent '\0\001../../etc/passwd\0octet\0'
packet backslash_parent '\0\001a\\..\\..\\b\0octet\0'
packet odd_names '\0\001//a/./b//c.\0octet\0'
packet repeated_option '\0\001f\0octet\0blksize\0001024\0blksize\0008\0windowsize\0000\0timeout\000256\0'
packet data '\0\003\0\001some bytes'
packet ack '\0\004\377\377'
packet error '\0\005\0\001File not found\0'
packet error_no_nul '\0\005\0\010tsize'
packet oack '\0\006blksize\0001428\0windowsize\00016\0tsize\0001048576\0'
packet oack_greedy '\0\006blksize\0009000\0'
packet short '\0'

# --- transfers: see fuzz_transfer.c for the form --------------------------------------------------------
steps=$(mktemp)
body=$(mktemp)
trap 'rm -f "$steps" "$body"' EXIT
# transfer NAME FLAGS SHIFT SIZE BLKSIZE_MAX WINDOWSIZE_MAX REQUEST, with the steps in $steps
transfer() {
	{
		raw "\\$(printf %03o "$2")\\$(printf %03o "$3")"
		u16 "$4"
		u16 $(($5 - 8))
		u16 $(($6 - 1))
		raw "$7" >"$body"
		u16 "$(wc -c <"$body")"
		cat "$body" "$steps"
	} >"$out/transfer/$1"
	: >"$steps"
}
step() { raw "$1" >>"$steps"; }
peer() {
	raw "$1" >"$body"
	{
		raw '\0'
		u16 "$(wc -c <"$body")"
		cat "$body"
	} >>"$steps"
}
time_ms() {
	step '\001'
	u16 "$1" >>"$steps"
}
deadline() { step '\002'; }
ready() { step '\003'; }
ack() { step "\\006\\$(printf %03o $(($1 & 255)))"; }
data() { step "\\007\\$(printf %03o $(($1 & 255)))\\$(printf %03o "$2")"; }
repeat() {
	n=$1
	shift
	while [ "$n" -gt 0 ]; do
		"$@"
		n=$((n - 1))
	done
}

ready; repeat 3 ack 1
transfer serve_plain 0 0 1200 1428 16 '\0\001f\0octet\0'
ready; peer '\0\004\0\0'; repeat 8 ack 4; repeat 8 ack 1
transfer serve_window 0 4 3000 1468 4 '\0\001f\0octet\0tsize\0000\0blksize\0001468\0windowsize\0004\0'
ready; peer '\0\005\0\010user aborted\0'
transfer serve_probe 0 4 3000 1468 16 '\0\001f\0octet\0tsize\0000\0blksize\0001468\0windowsize\0004\0'
ready; peer '\0\004\0\0'; ack 2; ack 2; ack -1; ack 0; time_ms 20; deadline; ack 1; ack 300; ack 4
transfer serve_loss 0 4 3000 1024 8 '\0\001f\0octet\0blksize\0001024\0windowsize\0008\0'
ready; step '\005'; ack 1; step '\005'; deadline; deadline
transfer serve_again 0 2 3000 512 1 '\0\001f\0octet\0'
ready; step '\010\003'; peer '\0\004\0\0'; ack 3; ack 1; step '\010\377'; repeat 4 ack 8
transfer serve_slow_net 0 4 3000 512 8 '\0\001f\0octet\0blksize\000512\0windowsize\0008\0'
ready; peer '\0\004\0\0'; repeat 12 ack 1
transfer serve_stream 2 2 1500 512 16 '\0\001f\0netascii\0blksize\000512\0'
ready; repeat 4 ack 1
transfer serve_empty 0 0 0 512 16 '\0\001f\0octet\0tsize\0000\0'
step '\004\001'
transfer serve_refused 0 0 0 512 16 '\0\001f\0octet\0'
ready; repeat 40 ack 127
transfer serve_wrap 0 20 4 8 127 '\0\001f\0octet\0blksize\0008\0windowsize\000127\0rollover\0001\0'
ready; time_ms 6000; deadline; deadline; deadline
transfer serve_timeout_option 0 4 100 1468 1 '\0\001f\0octet\0timeout\0005\0blksize\0001468\0'
ready; data 0 0; data 0 0; data 0 100; ready; data 0 0; deadline
transfer serve_write 0 0 0 512 1 '\0\002f\0octet\0'
ready; repeat 4 data 0 0; data 2 0; data 2 0; data -1 0; data 0 0; data 0 9; ready; data -1 9; deadline
transfer serve_write_window 0 0 0 1024 4 '\0\002f\0octet\0blksize\0001024\0windowsize\0004\0tsize\0005111\0'
ready; data 0 0; deadline; deadline; data 0 0; time_ms 60000; deadline
transfer serve_write_silence 0 0 0 512 4 '\0\002f\0octet\0timeout\0001\0'
ready; peer '\0\003\0\001way more bytes than the block size of eight that was agreed'
transfer serve_write_too_long 0 0 0 8 4 '\0\002f\0octet\0blksize\0008\0'
peer '\0\006blksize\0001428\0windowsize\0004\0tsize\0003000\0'; repeat 3 data 0 0; data 0 200; ready
transfer ask_read 1 0 0 1428 16 '\0\001f\0octet\0blksize\0001428\0windowsize\0004\0tsize\0000\0'
data 0 0; peer '\0\003\0\001short'; ready; deadline
transfer ask_read_old_server 1 0 0 512 16 '\0\001f\0octet\0blksize\0001428\0'
deadline; deadline; peer '\0\005\0\001not here\0'
transfer ask_refused 1 0 0 512 16 '\0\001f\0octet\0'
peer '\0\006blksize\0009000\0'; deadline
transfer ask_bad_oack 1 0 0 512 16 '\0\001f\0octet\0blksize\0001428\0'
peer '\0\004\0\0'; repeat 5 ack 1
transfer ask_write 1 0 1500 512 16 '\0\002f\0octet\0tsize\0001500\0'
peer '\0\006windowsize\0004\0'; ack 4; ack 2; ack 4; ack 4
transfer ask_write_window 3 0 5000 512 16 '\0\002f\0octet\0windowsize\0008\0'
repeat 12 deadline
transfer ask_silence 1 0 0 512 16 '\0\001f\0octet\0timeout\0003\0'

# --- netascii: two bytes choose the cuts ----------------------------------------------------------------
text() { raw "$2" >"$out/netascii/$1"; }

text empty '\001\002'
text plain '\0\0one line'
text unix 'abfirst\nsecond\n\nfourth\n'
text dos 'cdfirst\r\nsecond\r\n'
text old_mac 'effirst\rsecond\r'
text nul 'gh\0\r\0\n\0'
text lone_cr_end 'ijtext\r'
text many_cr 'kl\r\r\r\r\n\n\n\r\n\r\0'
text wire 'mnfirst\r\nthen a bare \r\0 and the end\r\n'
text broken_wire 'opa\rb\r\377\r'

# --- addresses ------------------------------------------------------------------------------------------
address() { raw "$2" >"$out/addr/$1"; }

address v4 '192.0.2.1:69'
address v4_no_port '192.0.2.1'
address v4_any '0.0.0.0:0'
address v4_broadcast '255.255.255.255:65535'
address v6 '[2001:db8::7]:69'
address v6_bare '::1'
address v6_bracket '[::1]'
address v6_scope '[fe80::1%%lo]:69'
address v6_scope_number '[fe80::1%%1]:1069'
address v6_mapped '[::ffff:192.0.2.1]:69'
address v6_multicast 'ff02::2%%lo'
address port_only ':69'
address port_high '127.0.0.1:65536'
address port_empty '127.0.0.1:'
address bracket_open '[::1'
address junk 'localhost:tftp'
address raw_v4 '\002\0\0\105\300\0\002\001'
address raw_v6 '\012\0\0\105\0\0\0\0\376\200\0\0\0\0\0\0\0\0\0\0\0\0\0\001\001\0\0\0'

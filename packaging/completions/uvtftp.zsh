#compdef uvtftp
# Made by packaging/completions/generate.sh.
_uvtftp() {
	if ((CURRENT == 2)); then
		local -a commands=(
			'get:fetch a file from a TFTP server'
			'put:send a file to a TFTP server'
			'storm:see what a TFTP server bears'
		)
		_describe command commands
		_arguments \
			'(-h --help)'{-h,--help}'[this text; '\''uvtftp COMMAND --help'\'' for one command]' \
			'(-V --version)'{-V,--version}'[the version]' \
			&& return
		return
	fi
	shift words
	((CURRENT--))
	case $words[1] in
	get)
		_arguments -s -S \
			'(-o --output)'{-o,--output=}'[local file (default\: last part of PATH); - for stdout]:FILE:_files' \
			'(-b --blksize)'{-b,--blksize=}'[bytes a block, 8 to 65464]:N: ' \
			'(-w --windowsize)'{-w,--windowsize=}'[blocks for each acknowledgement]:N: ' \
			'(-t --timeout)'{-t,--timeout=}'[give up after this much silence]:SECONDS: ' \
			'--netascii[mode netascii\: lines end as each system has it]' \
			'--no-options[plain RFC 1350\: 512-byte blocks, one at a time]' \
			'(-q --quiet)'{-q,--quiet}'[no progress line]' \
			'--json[the outcome as JSON on stdout]' \
			'-4[only IPv4]' \
			'-6[only IPv6]' \
			'(-h --help)'{-h,--help}'[this text]' \
			'*:URL: '
		;;
	put)
		_arguments -s -S \
			'(-b --blksize)'{-b,--blksize=}'[bytes a block, 8 to 65464]:N: ' \
			'(-w --windowsize)'{-w,--windowsize=}'[blocks for each acknowledgement]:N: ' \
			'(-t --timeout)'{-t,--timeout=}'[give up after this much silence]:SECONDS: ' \
			'--netascii[mode netascii\: lines end as each system has it]' \
			'--no-options[plain RFC 1350\: 512-byte blocks, one at a time]' \
			'(-q --quiet)'{-q,--quiet}'[no progress line]' \
			'--json[the outcome as JSON on stdout]' \
			'-4[only IPv4]' \
			'-6[only IPv6]' \
			'(-h --help)'{-h,--help}'[this text]' \
			'1:FILE:_files' '2:URL: '
		;;
	storm)
		_arguments -s -S \
			'(-c --clients)'{-c,--clients=}'[how many, up to 50000]:N: ' \
			'--repeat=[transfers of each client]:M: ' \
			'--duration=[begin transfers for so long]:SECONDS: ' \
			'--rate=[transfers that begin in a second]:R: ' \
			'(-b --blksize)'{-b,--blksize=}'[ask for this many bytes a block]:N: ' \
			'(-w --windowsize)'{-w,--windowsize=}'[ask for this many blocks for each acknowledgement]:N: ' \
			'--timeout=[ask the server to repeat after so long]:SECONDS: ' \
			'--tsize[ask for the size]' \
			'--retry=[silence after which a client repeats]:SECONDS: ' \
			'--tries=[how often it sends in vain before it gives up]:N: ' \
			'--expect=[what must come (default\: as the first copy); with --put]:FILE:_files' \
			'--put[send\: client 0 to PATH, 1 to PATH.1, ... or as '\''{n}'\'' says]' \
			'--size=[of what is made up to be sent]:BYTES: ' \
			'--stall[take the first answer, then say nothing more till the end]' \
			'--loss=[drop so many packets, each way]:PERCENT: ' \
			'--seed=[which of them]:S: ' \
			'--fresh-ports[a new port for each transfer, not for each client]' \
			'--source=[the address to send from]:ADDR: ' \
			'--workers=[threads]:K: ' \
			'(-q --quiet)'{-q,--quiet}'[no progress line]' \
			'--json[the outcome as JSON on stdout]' \
			'-4[only IPv4]' \
			'-6[only IPv6]' \
			'(-h --help)'{-h,--help}'[this text]' \
			'*:URL: '
		;;
	esac
}
_uvtftp "$@"

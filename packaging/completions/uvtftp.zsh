#compdef uvtftp
# Made by packaging/completions/generate.sh.
_uvtftp() {
	if ((CURRENT == 2)); then
		local -a commands=(
			'get:fetch a file from a TFTP server'
			'put:send a file to a TFTP server'
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
	esac
}
_uvtftp "$@"

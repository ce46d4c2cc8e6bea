# shellcheck shell=bash
# Made by packaging/completions/generate.sh.
_uvtftp() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	# --name=value comes as three words.
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $prev == "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "get put storm --help --version" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	get)
		case $prev in
		-o | --output)
			compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		-b | --blksize | -w | --windowsize | -t | --timeout)
			return
			;;
		esac
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "-o --output -b --blksize -w --windowsize -t --timeout --netascii --no-options -q --quiet --json -4 -6 -h --help" -- "$cur")
			[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
			return
		fi
		;;
	put)
		case $prev in
		-b | --blksize | -w | --windowsize | -t | --timeout)
			return
			;;
		esac
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "-b --blksize -w --windowsize -t --timeout --netascii --no-options -q --quiet --json -4 -6 -h --help" -- "$cur")
			[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
			return
		fi
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	storm)
		case $prev in
		--expect)
			compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		-c | --clients | --repeat | --duration | --rate | -b | --blksize | -w | --windowsize | --timeout | --retry | --tries | --size | --loss | --seed | --source | --workers)
			return
			;;
		esac
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "-c --clients --repeat --duration --rate -b --blksize -w --windowsize --timeout --tsize --retry --tries --expect --put --size --stall --loss --seed --fresh-ports --source --workers -q --quiet --json -4 -6 -h --help" -- "$cur")
			[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
			return
		fi
		;;
	esac
}
complete -F _uvtftp uvtftp

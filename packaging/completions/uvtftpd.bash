# shellcheck shell=bash
# Made by packaging/completions/generate.sh.
_uvtftpd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	# --name=value comes as three words.
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $prev == "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $prev in
	--map-file)
		compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--write)
		mapfile -t COMPREPLY < <(compgen -W "no create overwrite version existing" -- "$cur")
		return
		;;
	--log-level)
		mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$cur")
		return
		;;
	-c | --config)
		compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--from-tftpd-hpa)
		compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-l | --listen | --port-range | --endpoints | -w | --workers | --max-sessions | --max-sessions-per-client | --request-rate | --cache | --socket-buffer | --client-directory | --max-upload | --quota | --client-quota | --upload-mode | --upload-owner | --max-blksize | --max-windowsize | --mtu | --give-up | --rto-min | --retries | --drain)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-l --listen --single-port --port-range --endpoints -w --workers --max-sessions --max-sessions-per-client --request-rate --cache --socket-buffer --allow-private --ignore-case --lower-case --map-file --client-directory --write= --max-upload --quota --client-quota --upload-mode --upload-owner --make-directories --max-blksize --max-windowsize --mtu --allow-fragments --give-up --rto-min --retries --drain --log-level -v --verbose -q --quiet -c --config --check-config --print-config --sample-config --man-config --from-tftpd-hpa --explain -h --help -V --version" -- "$cur")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
		return
	fi
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}
complete -F _uvtftpd uvtftpd

#!/bin/sh
# The completions in the tree are what --help says, and each shell that is here offers by them what it should.
# Usage: sh completions.sh BUILD_DIR. To renew them: sh packaging/completions/generate.sh BUILD_DIR/bin
set -eu
here=$(cd "${0%/*}" && pwd)
completions=$(cd "$here/../../../packaging/completions" && pwd)
if [ $# -ne 1 ] || [ ! -x "$1/bin/uvtftpd" ]; then
	echo "Usage: $0 BUILD_DIR" >&2
	exit 2
fi
bin=$(cd "$1/bin" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "completions: FAILED: $*" >&2
	exit 1
}

sh "$completions/generate.sh" "$bin" "$work"
for file in "$work"/*; do
	cmp "$file" "$completions/${file##*/}" || fail "${file##*/} is not what --help says"
done

# expect SHELL LINE WORD...: what is offered behind LINE has each word; with '!' before it, has not.
expect() {
	"$1_offers" "$2" >"$work/offered" 2>"$work/errors" || fail "$1 cannot complete '$2': $(cat "$work/errors")"
	[ ! -s "$work/errors" ] || fail "$1 complains about '$2': $(cat "$work/errors")"
	shell=$1
	line=$2
	shift 2
	for word in "$@"; do
		case $word in
		!*) ! grep -qx -e "${word#!}" "$work/offered" || fail "$shell offers ${word#!} behind '$line'" ;;
		*) grep -qx -e "$word" "$work/offered" || fail "$shell does not offer $word behind '$line'" ;;
		esac
	done
}

check() {
	mkdir -p "$work/in/directory"
	: >"$work/in/file"
	expect "$1" 'uvtftpd --l' --listen --lower-case --log-level !--cache
	expect "$1" 'uvtftpd --log-level ' error warning info debug !directory
	expect "$1" 'uvtftpd -c ' file
	expect "$1" 'uvtftp ' get put
	expect "$1" 'uvtftp get --w' --windowsize !--output
	expect "$1" 'uvtftp put fi' file
}

# The last word is what is being written. "=" splits words in bash.
bash_offers() {
	# shellcheck disable=SC2016 # for the other shell
	bash -c '
		compopt() { :; } # is for interactive shells
		. "$2/${1%% *}.bash"
		read -r -a COMP_WORDS <<<"${1//=/ = }"
		[[ $1 != *[\ =] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		cd "$3"
		"_${1%% *}"
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$1" "$completions" "$work/in"
}

fish_offers() {
	# shellcheck disable=SC2016
	(cd "$work/in" && HOME=$work fish --no-config --command "
		source $completions/${1%% *}.fish
		complete -C '$1'" | cut -f 1)
}

# zsh completes at a terminal only: in one, keys are pressed and the list is read.
zsh_offers() {
	(cd "$work/in" && HOME=$work python3 "$here/zsh_offers.py" "$completions" "$1")
}

done=
for shell in bash fish zsh; do
	if ! command -v "$shell" >/dev/null || { [ $shell = zsh ] && ! command -v python3 >/dev/null; }; then
		echo "completions: $shell is not here: not tried"
		continue
	fi
	check "$shell"
	done="$done $shell"
done
if [ "${done#*bash}" != "$done" ]; then
	expect bash 'uvtftpd --write=' create overwrite
	expect bash 'uvtftpd --write=o' overwrite !create
fi
echo "completions: tried in$done"

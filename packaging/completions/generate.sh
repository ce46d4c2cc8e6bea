#!/bin/sh
# Writes the completions of bash, zsh and fish from what the programs say of themselves with --help.
# Usage: sh packaging/completions/generate.sh BIN_DIR [OUT_DIR]
# Without OUT_DIR those beside this script are renewed; config.completions compares them.
set -eu
bin=$1
out=${2:-${0%/*}}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line an option on stdout, with tabs between: letter, name, value, choices, help. A value that may be left out
# begins with '='.
options_of() {
	"$@" --help | awk '
	# "-l, --listen ADDR:PORT   where to ..."; an option with neither value nor name is "-4   only IPv4".
	/^ +-/ {
		letter = name = value = choices = ""
		line = $0
		sub(/^ +/, "", line)
		if (line ~ /^-[A-Za-z0-9](,| )/) {
			letter = substr(line, 2, 1)
			sub(/^-.,? */, "", line)
		}
		if (line ~ /^--/) {
			name = line
			sub(/^--/, "", name)
			sub(/[ \[].*/, "", name)
			line = substr(line, length(name) + 3)
			if (line ~ /^ [^ ]/) {
				value = substr(line, 2)
				sub(/ .*/, "", value)
				line = substr(line, length(value) + 2)
			} else if (line ~ /^\[=/) {
				value = line
				sub(/\].*/, "", value)
				line = substr(line, length(value) + 2)
				value = substr(value, 2)
			}
		}
		sub(/^ +/, "", line)
		sub(/ [\[(](default: )?[^\])]*[\])]$/, "", line)
		sub(/,$/, "", line) # it goes on in the next line
		# "...: error, warning, info or debug"
		if (value != "" && line ~ /: [a-z]+(, [a-z]+)* or [a-z]+$/) {
			choices = line
			sub(/.*: /, "", choices)
			gsub(/,| or/, "", choices)
		}
		print letter "\t" name "\t" value "\t" choices "\t" line
	}'
}

commands_of() {
	"$@" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { name = $1; sub(/^ *[^ ]+ +/, ""); print name "\t" $0 }'
}

# What a shell offers for a value: by its name.
# shellcheck disable=SC2016 # of awk and of the shells that complete
bash_values='
	function reply(value, choices) {
		if (choices != "")
			return "mapfile -t COMPREPLY < <(compgen -W \"" choices "\" -- \"$cur\")"
		if (value ~ /FILE/)
			return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
		if (value ~ /DIR|ROOT/)
			return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")"
		return ""
	}'

# bash_cases INDENT, from options on stdin: the values of options, then the options.
bash_cases() {
	awk -F '\t' -v indent="$1" "$bash_values"'
	{
		if ($1 != "" && $3 !~ /^=/) { words = words " -" $1 }
		if ($2 != "") { words = words " --" $2 ($3 ~ /^=/ ? "=" : "") }
		if ($3 != "") {
			pattern = "--" $2
			if ($1 != "")
				pattern = "-" $1 " | " pattern
			offer = reply($3, $4)
			if (offer == "")
				unknown = unknown (unknown == "" ? "" : " | ") pattern
			else
				rows = rows indent pattern ")\n" indent "\t" offer "\n" indent "\treturn\n" indent "\t;;\n"
		}
	}
	END {
		if (unknown != "")
			rows = rows indent unknown ")\n" indent "\treturn\n" indent "\t;;\n"
		printf "%scase $prev in\n%s%sesac\n", indent, rows, indent
		printf "%sif [[ $cur == -* ]]; then\n", indent
		printf "%s\tmapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$cur\")\n", indent, substr(words, 2)
		printf "%s\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n%s\treturn\n%sfi\n", indent, indent, indent
	}'
}

bash_begin() {
	cat <<END
# shellcheck shell=bash
# Made by packaging/completions/generate.sh.
_$1() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
	# --name=value comes as three words.
	if [[ \$cur == "=" ]]; then
		cur=
	elif [[ \$prev == "=" ]]; then
		prev=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
END
}

# A text between single quotes, and in it what zsh's _arguments would take for its own.
zsh_rows='
	function quoted(text) {
		gsub(/\\/, "\\\\", text)
		gsub(/\[/, "\\[", text)
		gsub(/\]/, "\\]", text)
		gsub(/:/, "\\:", text)
		gsub(/\047/, "\047\\\047\047", text)
		return text
	}
	function action(value, choices) {
		if (choices != "")
			return "(" choices ")"
		return value ~ /FILE/ ? "_files" : value ~ /DIR|ROOT/ ? "_files -/" : " "
	}'
zsh_options() {
	awk -F '\t' -v indent="$1" "$zsh_rows"'
	{
		behind = "[" quoted($5) "]"
		value = $3
		if (value ~ /^=/)
			behind = "=-" behind "::" substr(value, 2) ":" action(value, $4)
		else if (value != "")
			behind = behind ":" quoted(value) ":" action(value, $4)
		# A long option takes its value as the next word or behind "=".
		name = "--" $2 (value != "" && value !~ /^=/ ? "=" : "")
		if ($1 != "" && $2 != "")
			printf "%s\047(-%s --%s)\047{-%s,%s}\047%s\047 \\\n", indent, $1, $2, $1, name, behind
		else if ($1 != "")
			printf "%s\047-%s%s\047 \\\n", indent, $1, behind
		else
			printf "%s\047%s%s\047 \\\n", indent, name, behind
	}'
}

# fish_options PROGRAM [CONDITION]
fish_options() {
	awk -F '\t' -v program="$1" -v condition="${2:-}" '
	{
		gsub(/\\/, "\\\\", $5)
		gsub(/\047/, "\\\047", $5)
		line = "complete -c " program
		if (condition != "")
			line = line " -n \047" condition "\047"
		if ($1 != "")
			line = line " -s " $1
		if ($2 != "")
			line = line " -l " $2
		if ($4 != "")
			line = line ($3 ~ /^=/ ? " -f" : " -x") " -a \047" $4 "\047"
		else if ($3 ~ /FILE/)
			line = line " -r -F"
		else if ($3 ~ /DIR|ROOT/)
			line = line " -x -a \047(__fish_complete_directories)\047"
		else if ($3 != "")
			line = line " -x"
		print line " -d \047" $5 "\047"
	}'
}

# --- the daemon: options and a directory ---------------------------------------------------------------

options_of "$bin/uvtftpd" >"$work/daemon"
[ "$(wc -l <"$work/daemon")" -gt 20 ] # it has more

{
	bash_begin uvtftpd
	bash_cases '	' <"$work/daemon"
	# shellcheck disable=SC2016
	printf '\tcompopt -o filenames\n\tmapfile -t COMPREPLY < <(compgen -d -- "$cur")\n}\ncomplete -F _uvtftpd uvtftpd\n'
} >"$out/uvtftpd.bash"

{
	printf '#compdef uvtftpd\n# Made by packaging/completions/generate.sh.\n_arguments -s -S \\\n'
	zsh_options '	' <"$work/daemon"
	printf "\t'*:ROOT:_files -/'\n"
} >"$out/uvtftpd.zsh"

{
	echo '# Made by packaging/completions/generate.sh.'
	echo "complete -c uvtftpd -f -a '(__fish_complete_directories)'"
	fish_options uvtftpd <"$work/daemon"
} >"$out/uvtftpd.fish"

# --- the client: a table of commands, each with options of its own -------------------------------------

options_of "$bin/uvtftp" >"$work/client"
commands_of "$bin/uvtftp" >"$work/commands"
[ -s "$work/commands" ]
names=$(cut -f 1 "$work/commands" | tr '\n' ' ')
names=${names% }
for command in $names; do
	options_of "$bin/uvtftp" "$command" >"$work/of-$command"
	[ -s "$work/of-$command" ]
done

# What is sent is a file of ours; what is fetched is a URL.
{
	bash_begin uvtftp
	# shellcheck disable=SC2016 # for the shell that completes
	printf '\tif ((COMP_CWORD == 1)); then\n\t\tmapfile -t COMPREPLY < <(compgen -W "%s %s" -- "$cur")\n\t\treturn\n\tfi\n' \
		"$names" "$(awk -F '\t' '{ printf "%s--%s", (NR > 1 ? " " : ""), $2 }' "$work/client")"
	# shellcheck disable=SC2016
	printf '\tcase ${COMP_WORDS[1]} in\n'
	for command in $names; do
		printf '\t%s)\n' "$command"
		bash_cases '		' <"$work/of-$command"
		# shellcheck disable=SC2016
		[ "$command" != put ] || printf '\t\tcompopt -o filenames\n\t\tmapfile -t COMPREPLY < <(compgen -f -- "$cur")\n'
		printf '\t\t;;\n'
	done
	printf '\tesac\n}\ncomplete -F _uvtftp uvtftp\n'
} >"$out/uvtftp.bash"

{
	printf '#compdef uvtftp\n# Made by packaging/completions/generate.sh.\n_uvtftp() {\n'
	printf '\tif ((CURRENT == 2)); then\n\t\tlocal -a commands=(\n'
	awk -F '\t' "$zsh_rows"'{ printf "\t\t\t\047%s:%s\047\n", $1, quoted($2) }' "$work/commands"
	printf '\t\t)\n\t\t_describe command commands\n\t\t_arguments \\\n'
	zsh_options '			' <"$work/client"
	# shellcheck disable=SC2016
	printf '\t\t\t&& return\n\t\treturn\n\tfi\n\tshift words\n\t((CURRENT--))\n\tcase $words[1] in\n'
	for command in $names; do
		printf '\t%s)\n\t\t_arguments -s -S \\\n' "$command"
		zsh_options '			' <"$work/of-$command"
		case $command in
		put) printf "\t\t\t'1:FILE:_files' '2:URL: '\n" ;;
		*) printf "\t\t\t'*:URL: '\n" ;;
		esac
		printf '\t\t;;\n'
	done
	# shellcheck disable=SC2016
	printf '\tesac\n}\n_uvtftp "$@"\n'
} >"$out/uvtftp.zsh"

{
	echo '# Made by packaging/completions/generate.sh.'
	echo 'complete -c uvtftp -f'
	fish_options uvtftp __fish_use_subcommand <"$work/client"
	awk -F '\t' '{ printf "complete -c uvtftp -n __fish_use_subcommand -a %s -d \047%s\047\n", $1, $2 }' "$work/commands"
	for command in $names; do
		[ "$command" != put ] || echo "complete -c uvtftp -n '__fish_seen_subcommand_from put' -F"
		fish_options uvtftp "__fish_seen_subcommand_from $command" <"$work/of-$command"
	done
} >"$out/uvtftp.fish"

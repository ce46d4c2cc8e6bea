#compdef uvtftpd
# Made by packaging/completions/generate.sh.
_arguments -s -S \
	'(-l --listen)'{-l,--listen=}'[where to take requests; may be repeated]:ADDR\:PORT: ' \
	'--single-port[answer from the port that was asked]' \
	'--port-range=[ports to answer from]:LOW-HIGH: ' \
	'--endpoints=[how many ports to answer from, per local address]:N: ' \
	'(-w --workers)'{-w,--workers=}'[threads]:N: ' \
	'--max-sessions=[transfers at once]:N: ' \
	'--max-sessions-per-client=[of them for one client address; 0 is no limit]:N: ' \
	'--request-rate=[requests a second of one network that may stay unacknowledged; 0 is no limit]:N: ' \
	'--cache=[memory for file contents]:SIZE: ' \
	'--socket-buffer=[receive buffer of each address and thread]:SIZE: ' \
	'--allow-private[serve files that are not world-readable too]' \
	'--ignore-case[a name that is not there is looked for in another letter case]' \
	'--lower-case[make names lower-case before they are looked for]' \
	'--map-file=[rules that rewrite names, as tftpd-hpa has them]:FILE:_files' \
	'--client-directory=[a client'\''s own files, tried first\: {ip}, {mac}, {pxemac}, {serial}]:TEMPLATE: ' \
	'--write=-[take uploads\: no, create, overwrite, version or existing]::MODE:(no create overwrite version existing)' \
	'--max-upload=[largest upload; 0 is no limit]:SIZE: ' \
	'--quota=[of all files in the directory together; 0 is no limit]:SIZE: ' \
	'--client-quota=[uploaded by one client since the start; 0 is no limit]:SIZE: ' \
	'--upload-mode=[permissions of uploaded files]:MODE: ' \
	'--upload-owner=[who uploaded files belong to\: USER or USER\:GROUP]:OWNER: ' \
	'--make-directories[an upload may create the directories of its path]' \
	'--max-blksize=[largest block to grant, bytes]:N: ' \
	'--max-windowsize=[largest window to grant, blocks]:N: ' \
	'--mtu=[blocks granted fit packets of this size; 0 asks the route to the client]:BYTES: ' \
	'--allow-fragments[grant blocks larger than the MTU, which travel in fragments]' \
	'--give-up=[silence after which a client is given up]:SECONDS: ' \
	'--rto-min=[shortest wait before a packet is sent again, milliseconds]:MS: ' \
	'--retries=[how often a packet that brings no answer is sent again]:N: ' \
	'--drain=[time for running transfers after SIGTERM]:SECONDS: ' \
	'--log-level=[the least important lines to log\: error, warning, info or debug]:LEVEL:(error warning info debug)' \
	'(-v --verbose)'{-v,--verbose}'[the same as --log-level debug]' \
	'(-q --quiet)'{-q,--quiet}'[the same as --log-level warning]' \
	'(-c --config)'{-c,--config=}'[settings; flags win over them]:FILE:_files' \
	'--check-config[say whether the settings are valid, and exit]' \
	'--print-config[write the settings in force as a configuration file, and exit]' \
	'--sample-config[write a configuration file with every key explained, and exit]' \
	'--man-config[write the list of keys for the manual page, and exit]' \
	'--from-tftpd-hpa=[write FILE, as /etc/default/tftpd-hpa is, as a configuration file, and exit]:FILE:_files' \
	'--explain[say what would become of the request that CLIENT and NAME describe]' \
	'(-h --help)'{-h,--help}'[this text]' \
	'(-V --version)'{-V,--version}'[the version]' \
	'*:ROOT:_files -/'

/* uvtftp-replay [-v] TALK...: plays conversations and compares. 0: all went as they say. */
#include <stdlib.h>
#include <string.h>

#include "replay/play.h"

int main(int argc, char **argv)
{
	bool is_loud = argc > 1 && strcmp(argv[1], "-v") == 0;
	int first = is_loud ? 2 : 1;
	bool is_fine = true;
	if (first >= argc) {
		fprintf(stderr, "usage: uvtftp-replay [-v] TALK...\n");
		return EXIT_FAILURE;
	}
	for (int i = first; i < argc; i++)
		if (play_file(argv[i], (struct play_server){NULL, NULL}, is_loud) != PLAY_FINE)
			is_fine = false;
	return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

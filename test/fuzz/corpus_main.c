/* Runs a fuzz target over the files of the directories it is given: a plain test where libFuzzer is not. */
#include <dirent.h>
#include <stdio.h>

#include "fuzz/fuzz.h"

#define INPUT_BYTES_MAX 1048576

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	uint8_t *all = fuzz_alloc(INPUT_BYTES_MAX);
	size_t len = fread(all, 1, INPUT_BYTES_MAX, file);
	fclose(file);
	/* Said before it runs: the name of the input that kills the process. */
	printf("%s: %lu bytes\n", path, (unsigned long)len);
	fflush(stdout);
	uint8_t *exact = fuzz_alloc(len);
	if (len > 0)
		memcpy(exact, all, len);
	free(all);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static unsigned run_directory(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	unsigned count = 0;
	struct dirent *entry;
	while ((entry = readdir(directory)) != NULL) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		run_file(name);
		count++;
	}
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	for (int i = 1; i < argc; i++)
		count += run_directory(argv[i]);
	printf("%u inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

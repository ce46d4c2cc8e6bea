/* Every allocation of ours goes through here, so that a test can fail the Nth one. */
#ifndef UVTFTP_BASE_MEM_H
#define UVTFTP_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t len); /* NULL if memory is short */
void *mem_zalloc(size_t count,
		 size_t len); /* zeroed, overflow-checked; untouched pages stay untouched */
char *mem_copy(const char *text, size_t len); /* len bytes and a NUL */
void mem_free(void *memory);                  /* takes NULL */

/* For tests: the nth allocation from now (1 = the next) fails, once. 0 turns it off. */
void mem_fail_nth(long nth);

#endif

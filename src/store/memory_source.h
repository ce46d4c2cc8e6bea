/* Contents from memory: for tests and for embedders. Names are added before the first open. A read may be
 * slowed down, to show that nothing but its own readers waits for it. */
#ifndef UVTFTP_STORE_MEMORY_SOURCE_H
#define UVTFTP_STORE_MEMORY_SOURCE_H

#include "store/store.h"

int memory_source_new(struct source **source);
/* Copies name and bytes. `delay_ms` is how long each read blocks. 0 or -ENOMEM. */
int memory_source_add(struct source *source, const char *name, const void *bytes, size_t len,
		      unsigned delay_ms);

#endif

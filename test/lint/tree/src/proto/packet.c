#include "proto/packet.h"
/* printf( in a comment is no call */
long now(void) { return round_time(0) + time(0); } /* planted */
char *memory(void) { return malloc(1); } /* planted */

/* A run as text: one line for each thing that happens to a datagram. */
#ifndef UVTFTP_SIM_TRACE_H
#define UVTFTP_SIM_TRACE_H

#include "sim/world.h"

void trace_print(uint64_t now_us, enum world_fate fate, const struct datagram *datagram);

#endif

#include "sim/trace.h"

#include <stdio.h>

#include "proto/packet.h"

void trace_print(uint64_t now_us, enum world_fate fate, const struct datagram *datagram)
{
	static const char *const fates[] = {"", "  LOST", "  LATE", "  COPY", "  arrives"};
	static const char *const names[] = {"?", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"};
	const uint8_t *at = datagram->bytes;
	unsigned op = datagram->len >= 2 ? (unsigned)at[0] << 8 | at[1] : 0;
	printf("%12.6f  %5x>%5x  %-5s", (double)now_us / 1e6, datagram->from, datagram->to,
	       op < sizeof names / sizeof *names ? names[op] : "?");
	if (op >= PACKET_DATA && op <= PACKET_ERROR && datagram->len >= 4)
		printf(" %5u", (unsigned)at[2] << 8 | at[3]);
	if (datagram->position != WORLD_NO_POSITION)
		printf(" (block %llu)", (unsigned long long)datagram->position);
	for (size_t i = 2;
	     i < datagram->len && (op == PACKET_OACK || op == PACKET_RRQ || op == PACKET_WRQ); i++)
		putchar(at[i] >= ' ' && at[i] < 127 ? at[i] : ' ');
	printf("  %zu bytes%s%s%s\n", datagram->len, fates[fate], datagram->is_copy ? " copy" : "",
	       datagram->is_forged ? "  (noise)" : "");
}

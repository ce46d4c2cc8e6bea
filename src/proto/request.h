/* What a request means that comes from the address and port of a transfer that is still there. */
#ifndef UVTFTP_PROTO_REQUEST_H
#define UVTFTP_PROTO_REQUEST_H

#include "proto/transfer.h"

/* An identical request that comes so soon after the first is the network's or an impatient client's; a
 * machine that has started again takes longer. */
#define REQUEST_REPEAT_US 1000000u

enum request_verdict {
	REQUEST_AGAIN, /* the answer was lost, or is late: transfer_request_again */
	REQUEST_ANEW   /* another file, or the client has started again: what ran there has ended */
};

/* is_same: byte for byte the request that began the transfer, age_us ago. Fixed source ports (lpxelinux 49153,
 * SLOF 2001, GRUB 25300 after each boot) make both verdicts everyday cases. */
enum request_verdict request_judge(const struct transfer *transfer, bool is_same, uint64_t age_us);

#endif

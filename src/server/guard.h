/* What protects others from being sent what they did not ask for, and clients from more than they bear.
 *
 * Anybody can write another's address on a request. A session is unheard until its client has acknowledged
 * something; while its network has too many such requests its answer is not repeated (--request-rate). Whoever
 * acknowledges on a TID port has most likely seen our answer; on a single port, or after many wrong
 * guesses, he may know nothing: then the session is on trial. At an unforeseeable moment nothing is sent for several
 * round trips; who acknowledges then what was not sent sees nothing of what we send, and is not served. Who
 * keeps still is believed for a while. */
#ifndef UVTFTP_SERVER_GUARD_H
#define UVTFTP_SERVER_GUARD_H

#include "base/list.h"
#include "proto/transfer.h"
#include "server/ledger.h"

struct endpoint;
struct session;
struct session_request;
struct setup;
struct worker;

enum guard_state {
	GUARD_UNHEARD,
	GUARD_ON_TRIAL,
	GUARD_BELIEVED,
	GUARD_LINGERS /* the upload is stored; its last ACK is repeated if that was lost */
};

/* Why nothing is sent now. */
enum guard_quiet {
	GUARD_SPEAKS,
	GUARD_TESTS,   /* all that was sent is acknowledged: what comes now is blind */
	GUARD_SLOWS,   /* windows are acknowledged in part only, which gives no occasion for the test */
	GUARD_SILENCED /* until the client is heard, or given up */
};

struct guard {
	struct ledger_client *client; /* held */
	struct list link;             /* in worker->unheard or worker->lingering */
	uint64_t quiet_until_us;
	uint64_t trial_bytes;       /* of the client, when the test may begin */
	uint32_t answers;           /* charged to its network */
	uint32_t slowed;            /* times */
	uint32_t repeats;           /* on trial: since something new was acknowledged */
	enum guard_state state : 8; /* as small as it may be: see struct session */
	enum guard_quiet quiet : 8;
};

/* A session that was answered and not heard for so long gives its place to a request that waits. */
#define GUARD_PLACE_US 4000000u
/* So does one that has lingered for so long: a client that has no ACK by then has asked for it. */
#define GUARD_LINGER_US 1000000u

/* Of a client that may see nothing; the lower one while its network is crowded. 64 blocks that fill Ethernet
 * have their place in the first. */
#define GUARD_WINDOW_BYTES         98304u
#define GUARD_WINDOW_BYTES_CROWDED 2048u

/* The test begins when the client was sent so many bytes, in one transfer or several (at once in a crowded
 * network, or one over the limit of requests), and lasts so many round trips, both drawn anew each time. */
#define GUARD_TRIAL_BYTES_MIN 65536u
#define GUARD_TRIAL_BYTES_MAX 196608u
/* One test at a time is enough for a client, and its other transfers go on: behind one address there may be a whole
 * rack. But no more than this is sent meanwhile. */
#define GUARD_TRIAL_BYTES_OTHERS (16u << 20)
#define GUARD_TRIAL_RTTS_MIN     4u
#define GUARD_TRIAL_RTTS_MAX     8u
#define GUARD_TRIAL_US_MIN       25000u  /* a round trip may be below what a busy machine lets pass */
#define GUARD_TRIAL_US_MAX       500000u /* below the patience of a PXE ROM */

/* Until then a window is repeated so often at most, after no less than this: what was lost on its way to a client
 * that is there is rarely lost again a quarter of a second later. */
#define GUARD_REPEATS_MAX 2u
#define GUARD_REPEAT_US   250000u
/* The same before each window while none is acknowledged whole; after so many it doubles each time. */
#define GUARD_SLOWED_MAX  8u
#define GUARD_SLOW_US_MAX 4000000u

/* May this request be answered at all? Counts it, if so. */
bool guard_admits(struct worker *worker, struct ledger_client *client);
/* Lowers the limits to what client and route bear. */
void guard_limit(struct worker *worker, const struct session_request *request,
		 struct transfer_limits *limits);
/* A session begins with the request that guard_admits counted, and takes a hold of its client. */
void guard_begin(struct session *session, struct ledger_client *client);
void guard_end(struct session *session);
/* The request came again: may the answer be repeated? */
bool guard_answers_again(struct session *session);
/* Before a packet goes to the transfer: False: it shows that the client sees nothing; the transfer is over. */
bool guard_input(struct session *session, const uint8_t *bytes, size_t len);
/* After it; `acked_before` is the sender's. */
void guard_heard(struct session *session, uint64_t acked_before);
bool guard_lets_send(const struct session *session);
void guard_sent(struct session *session, uint64_t bytes);
/* The transfer's deadline, or that of the guard in its place. */
uint64_t guard_deadline(const struct session *session);
/* At the deadline. True: that was what was waited for; else the transfer's timer may expire unless the
 * session has been silenced now. */
bool guard_expire(struct session *session);
/* The upload is stored: from here on the session counts for nobody. */
void guard_linger(struct session *session);
/* Ends one session whose client was not heard, or that lingers. False: there is none. */
bool guard_make_room(struct worker *worker);
/* When one that lingers may be ended; TRANSFER_NEVER: none lingers. */
uint64_t guard_room_at(const struct worker *worker);

#endif

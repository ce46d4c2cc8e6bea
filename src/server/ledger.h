/* What a worker remembers of clients and of the networks they are in.
 *
 * Of a network (IPv4 /24, IPv6 /56): requests that nobody has acknowledged, bytes sent to clients that have not
 * shown that they hear us, the route's MTU. Of a client: transfers that run, losses, whether it is believed.
 * Both are bounded: what is held stays, of the rest the least recently used goes. Pure: time is the last
 * parameter, memory only at the start. */
#ifndef UVTFTP_SERVER_LEDGER_H
#define UVTFTP_SERVER_LEDGER_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "net/addr.h"
#include "server/leak.h"

/* Networks as sites get them: who has one address of it can have the others. */
#define LEDGER_PREFIX_V4 24
#define LEDGER_PREFIX_V6 56

/* Kept in mind beside those with transfers. */
#define LEDGER_SPARE 8192

/* A network may have so many seconds' worth of --request-rate unacknowledged before requests are dropped: by
 * default 64,000, more than the racks behind one prefix that are switched on at once. */
#define LEDGER_BURST_S 64

/* Bytes sent into one network to clients that are not trusted yet, and what of it is forgotten in a second. More
 * than the first windows of all clients of an IPv4 /24 together (GUARD_WINDOW_BYTES each). */
#define LEDGER_BYTES_MAX   (32u << 20)
#define LEDGER_BYTES_PER_S (1u << 20)

/* ACKs to ports where the client has no transfer: a few come late, a guesser sends hundreds. */
#define LEDGER_STRAYS_MAX   16
#define LEDGER_STRAYS_PER_S 1

#define LEDGER_TRUST_US     600000000u /* so long a client is believed that has passed the trial */
#define LEDGER_ROUTE_US     30000000u  /* so long a route's MTU holds */

/* Loss: repeated blocks of those sent, per cent. Between the two, nothing changes. */
#define LEDGER_LOSSY_PERCENT 10
#define LEDGER_CLEAN_PERCENT 1
#define LEDGER_CLEAN_BLOCKS  16        /* a shorter transfer says little */
#define LEDGER_EASE_US       60000000u /* in so long, a limit is doubled by itself */
#define LEDGER_BLKSIZE_SAFE  1428      /* passes the usual tunnels */
#define LEDGER_BLKSIZE_LEAST 512       /* what TFTP has without options */

struct ledger_item {
	struct table_link by_key;
	struct list unheld; /* least recently used first */
	struct addr_key key;
	uint32_t holds;
};

struct ledger_shelf {
	struct pool items;
	struct table by_key;
	struct list unheld;
};

struct ledger_prefix {
	struct ledger_item item; /* first */
	struct leak requests;    /* unacknowledged */
	struct leak bytes;       /* sent to who is not believed yet */
	uint64_t route_until_us;
	unsigned payload_max; /* a UDP payload that passes the route whole; 0: not known */
};

struct ledger_client {
	struct ledger_item item;      /* first */
	struct ledger_prefix *prefix; /* held while the client is */
	struct leak strays;
	uint64_t bytes;   /* sent since it was trusted, charged to its network */
	uint64_t doubted; /* answers, the same */
	uint64_t trusted_until_us;
	uint64_t eased_us;
	uint32_t running;     /* transfers */
	uint32_t tested;      /* of them, see guard.h */
	uint32_t window_max;  /* 0: no limit */
	uint32_t blksize_max; /* 0: no limit */
};

struct ledger {
	struct ledger_shelf clients;
	struct ledger_shelf prefixes;
	uint32_t request_rate; /* 0: no limit */
};

/* 0, or -1 if memory is short; ledger_fini undoes it in either case, also on a zeroed struct. */
int ledger_init(struct ledger *ledger, size_t held_max, uint32_t request_rate, const uint64_t key[2]);
void ledger_fini(struct ledger *ledger);
/* NULL: more than held_max are held. Every hold is dropped by ledger_drop. */
struct ledger_client *ledger_hold(struct ledger *ledger, const struct addr *peer);
void ledger_drop(struct ledger *ledger, struct ledger_client *client); /* takes NULL */

enum ledger_verdict {
	LEDGER_FINE,
	LEDGER_SPARE_IT, /* over the limit: no retransmission */
	LEDGER_TOO_MANY  /* far over it */
};

/* One more answer for this client goes out, or may not. */
enum ledger_verdict ledger_answer(struct ledger *ledger, struct ledger_client *client, uint64_t now_us);
bool ledger_is_over(struct ledger *ledger, struct ledger_client *client, uint64_t now_us);
void ledger_acknowledged(struct ledger_client *client, uint32_t answers);
/* Acknowledged, but perhaps blindly: that counts when the client is trusted. */
void ledger_doubt(struct ledger_client *client, uint32_t answers);

void ledger_sent(struct ledger_client *client, uint64_t bytes, uint64_t now_us);
bool ledger_is_crowded(struct ledger_client *client, uint64_t now_us);
void ledger_trust(struct ledger_client *client, uint64_t now_us);
bool ledger_is_trusted(const struct ledger_client *client, uint64_t now_us);

/* An ACK where there is no transfer. Only of clients that have one elsewhere. */
void ledger_stray(struct ledger *ledger, const struct addr *peer, uint64_t now_us);
bool ledger_is_suspect(struct ledger_client *client, uint64_t now_us);

/* How a transfer to it went. */
struct ledger_losses {
	uint64_t blocks_sent;
	uint64_t blocks_resent;
	uint32_t window;
	uint32_t blksize;
	bool is_black_hole; /* answers passed, blocks of this size never did */
};

void ledger_note(struct ledger_client *client, const struct ledger_losses *losses, uint64_t now_us);
/* Lets time ease the limits; window_max and blksize_max are then in force. */
void ledger_ease(struct ledger_client *client, uint64_t now_us);

#endif

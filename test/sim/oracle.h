/* Says whether a run was right. Four questions:
 *
 * bytes and outcome   both ends finish, the file is the same, nothing is promised before it is true;
 * virtual time        no longer than the rounds need, and for each loss one retransmission time-out, as far
 *                     as it may have been backed off by then;
 * packets             where nothing is lost, late or slow exactly the ideal number of DATA; else so many more
 *                     as the losses explain; timers back off while there is silence;
 * forger              a run with noise sends the same packets at the same times as the run without it.
 *
 * It never asks the core: what it compares with is computed from the case and from what the network did. */
#ifndef UVTFTP_SIM_ORACLE_H
#define UVTFTP_SIM_ORACLE_H

#include "sim/end.h"

struct client;
struct host;

enum oracle_kind { ORACLE_FINE, ORACLE_BYTES, ORACLE_TIME, ORACLE_PACKETS, ORACLE_FORGER };

#define ORACLE_TEXT_MAX    240
#define ORACLE_TICK_MAX_US 1000u /* timers fire so much late */

static inline uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The DATA sent at one instant. */
struct oracle_flight {
	uint64_t at_us;
	uint64_t count;
	uint64_t lost_at;    /* how many went before the first loss */
	uint64_t lost_block; /* which that was */
	bool has_first;      /* the first one was not lost */
	bool has_loss;
	bool has_gap; /* one behind a lost one was not lost */
};

struct oracle {
	const struct scenario *scenario;
	const struct world *world;
	const struct client *client; /* NULL: it is our own core */
	enum oracle_kind kind;       /* of the first finding */
	char text[ORACLE_TEXT_MAX];
	bool has_trace;

	uint64_t blocks;  /* of the file, the last one included */
	uint64_t windows; /* it takes at best */
	uint64_t rtt_us;  /* at worst */
	uint64_t rto_us;  /* at worst, once there were samples and no losses lately */
	uint64_t rto_cap_us;
	uint64_t rto_floor_us;

	/* How far time-outs may be backed off now: rto_us doubled `level` times. */
	uint32_t level;
	bool is_warm; /* there must have been a sample */
	uint64_t position_max;
	uint64_t clean_from; /* block since which nothing was lost */

	bool is_orderly; /* the case: packets keep their order, and come once and without pauses */
	struct oracle_flight flight;
	bool had_gap;         /* in the flight before */
	uint64_t sent_block;  /* the last DATA */
	uint64_t sent_max;    /* the highest */
	uint64_t again_from;  /* what was sent again last began here, */
	uint64_t again_to;    /* and ended here at most */
	uint64_t lost;        /* packets lost or late */
	uint64_t lost_at_us;  /* the last of them */
	uint64_t resends_max; /* DATA that losses explain to be sent again */
	uint64_t had_max;     /* and of it what the receiver may have already */
	uint64_t trouble_at_us;
	uint64_t copied_at_us;
	uint64_t waits;        /* local delays while sending */
	uint64_t busy_repeats; /* DATA a busy client may have repeated to it */
	uint64_t time_max_us;
	uint64_t pace_us; /* so much longer a window may take once something was lost */
	uint64_t acks_max;

	uint64_t data;
	uint64_t acks;
	uint64_t oacks;
	uint64_t requests;
	uint64_t errors;
	uint64_t acked_copies; /* of DATA and OACK: each may be answered by an ACK */
	uint64_t request_copies;
	uint64_t requests_again; /* that the server had to answer again */
	uint64_t forged;
	uint64_t refusals; /* ERROR 5 sent to strangers */
};

void oracle_init(struct oracle *oracle, const struct scenario *scenario, const struct world *world,
		 const struct content *content);
/* Keeps the first finding. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void oracle_fail(struct oracle *oracle, enum oracle_kind kind, const char *format, ...);
/* Is told of each datagram: the watch of a world. */
void oracle_watch(void *oracle, enum world_fate fate, const struct datagram *datagram);
/* One end made the transfer wait for its own disk. */
void oracle_local_delay(struct oracle *oracle, uint64_t delay_us);
/* A client stops acknowledging for so long. */
void oracle_client_busy(struct oracle *oracle, uint64_t busy_us);
/* Packets lost, without one that at the present moment may still be missed: news that is just coming in does not
 * tell of it. */
uint64_t oracle_count_lost_before(const struct oracle *oracle);
/* The DATA sent at one instant is judged as soon as the next one goes, and at the end. */
void oracle_land_flight(struct oracle *oracle);
/* How often a timer may fire in so long a silence. */
uint64_t oracle_count_expiries(const struct oracle *oracle, uint64_t silence_us);
/* How often one that doubles from `first_us` may. */
uint64_t oracle_count_doubling(const struct oracle *oracle, uint64_t first_us, uint64_t silence_us);

/* The verdicts (verdict.c). A transfer moved or a timer fired, at either end: */
void oracle_check_host(struct oracle *oracle, const struct host *host);
void oracle_check_closed(struct oracle *oracle, const struct host *host);
void oracle_check_client(struct oracle *oracle, const struct client *client);
/* Both ends are closed and the last packet has landed. */
void oracle_check_end(struct oracle *oracle, const struct end *client, const struct end *server);
const char *oracle_kind_name(enum oracle_kind kind);

#endif

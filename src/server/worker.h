/* One thread with one loop: listeners, TID ports, sessions. Nothing here is shared with other workers. */
#ifndef UVTFTP_SERVER_WORKER_H
#define UVTFTP_SERVER_WORKER_H

#include "server/ledger.h"
#include "server/listeners.h"
#include "server/place.h"
#include "server/server.h"
#include "server/session.h"
#include "server/waiting.h"

/* Finished transfers whose late packets are still on the way (RFC 8085 section 3.3): answered with silence,
 * not with ERROR 5, which a client that has begun anew on the same port would take for its answer. */
#define QUARANTINE_SLOTS 1024
/* In any of so many slots, the oldest of which gives way: with one, two of a client's last eight
 * transfers fell on the same slot once in forty times, and a port was free again at once. */
#define QUARANTINE_WAYS 4
#define QUARANTINE_US   120000000u

/* ERROR packets to strangers and for packets that are none of TFTP's, per worker and second: their addresses
 * may be forged. */
#define STRAY_ERRORS_PER_S     100u
#define MALFORMED_ERRORS_PER_S 10000u

/* Longer paths are looked up each time. */
#define OPEN_MEMO_PATH_MAX 128

struct quarantine_slot {
	uint64_t hash;
	uint64_t until_us;
};

/* The last file found at once. Requests that came with it in one receive call share the answer: each arrived
 * before the file was looked at. */
struct open_memo {
	uint64_t receive_call;
	const struct source *source;
	struct content_key key;
	char path[OPEN_MEMO_PATH_MAX];
};

struct worker {
	struct server *server;
	unsigned index;
	uv_thread_t thread;
	uv_loop_t loop;
	struct mailbox mailbox;
	struct letter drain_letter;
	struct letter stop_letter;
	struct letter reload_letter;
	struct setup *_Atomic next_setup; /* held, from worker_reload until the letter is delivered */
	struct setup *setup;              /* held: for new sessions */
	struct batch batch;
	struct list listeners;
	struct listener_watch watch;
	struct table places_by_host;
	struct list places;
	size_t place_count;
	struct table by_peer;
	struct table by_request;
	struct pool pool;     /* of sessions */
	struct list sessions; /* running */
	struct list idle;     /* ended; their timers stay initialised for the next */
	struct list stalled;
	size_t session_count;
	size_t sessions_max;
	struct list unheard;   /* sessions whose clients have not acknowledged anything, oldest first */
	struct list lingering; /* whose uploads are stored, likewise */
	struct waiting waiting;
	uv_timer_t serve_timer; /* soon after a place has become free */
	struct ledger ledger;
	struct alarm alarm;
	uint64_t alarm_at_us; /* ALARM_NEVER: it is not set */
	struct heap pausing;  /* sessions between two bursts, by the end of the pause */
	struct quarantine_slot quarantine[QUARANTINE_SLOTS];
	struct open_memo open_memo;
	uint64_t random_state;
	uint64_t scold_second;
	unsigned stray_errors;     /* in that second */
	unsigned malformed_errors; /* in that second */
	uint64_t full_logged_us;
	uint64_t limited_logged_us;
	uint64_t blind_logged_us;
	struct count requests_limited; /* dropped because of --request-rate */
	struct count blind_ended;
	bool is_draining;
	bool is_drained;
	bool is_running; /* the thread was started */
	bool has_loop;   /* what worker_open got to */
	bool has_mailbox;
	bool has_batch;
};

/* Opens loop, mailbox, batch and listeners; not yet the thread. 0 or an error code; worker_close undoes it
 * in either case. */
int worker_open(struct worker *worker, struct server *server, unsigned index,
		struct uvtftp_error *error);
int worker_start(struct worker *worker); /* the thread; 0 or a negative libuv error */
/* After the thread has ended, or if it never began. */
void worker_close(struct worker *worker);
void worker_drain(struct worker *worker); /* from any thread, once */
void worker_stop(struct worker *worker);  /* from any thread, once */
/* New sessions begin with this setup. From the thread that starts and stops. */
void worker_reload(struct worker *worker, struct setup *setup);

uint64_t worker_now(const struct worker *worker); /* microseconds, monotonic */
uint64_t worker_random(struct worker *worker);
/* What a port that takes requests receives; in single-port mode the rest of the transfers as well. */
void worker_asked(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data, size_t len);
/* What a TID port receives. */
void worker_heard(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data, size_t len);
struct session *worker_find(struct worker *worker, const struct endpoint *endpoint,
			    const struct addr *peer);
uint64_t worker_peer_hash(const struct worker *worker, const struct endpoint *endpoint,
			  const struct addr *peer);
void worker_quarantine(struct worker *worker, uint64_t peer_hash);
/* 0: it is not. */
uint64_t worker_quarantined_until(const struct worker *worker, uint64_t peer_hash);
/* The network takes more again: sessions that waited for it go on. */
void worker_resume(struct worker *worker);
/* The last session has gone while draining. */
void worker_check_drained(struct worker *worker);
/* One control packet outside any session. */
void worker_send_error(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		       uint16_t code, const char *text);

#endif

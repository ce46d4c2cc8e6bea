#include "server/admission.h"

#include "policy/path.h"
#include "server/report.h"
#include "server/worker.h"

/* An identical request that comes so soon after the first is the network's or an impatient client's; a
 * machine that has started again takes longer. */
#define REPEAT_US 1000000u

/* One line about refused requests in so long. */
#define FULL_LOG_US 10000000u

/* An ERROR for what no well-behaved client sends; the address may be forged, so only so many go out. */
static void scold(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		  enum packet_error code, const char *why)
{
	uint64_t second = worker_now(worker) / 1000000u;
	if (second != worker->stray_second) {
		worker->stray_second = second;
		worker->stray_errors = 0;
	}
	if (worker->stray_errors++ < STRAY_ERRORS_PER_S)
		worker_send_error(worker, endpoint, peer, (uint16_t)code, why);
}

static void refuse(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		   const struct packet *request, enum packet_error code, const char *why)
{
	worker_send_error(worker, endpoint, peer, (uint16_t)code, why);
	report_refusal(worker, endpoint, peer, request, code, why);
}

/* A session for this address and port exists. True: the request is dealt with. */
static bool is_repetition(struct worker *worker, struct session *session, uint64_t hash)
{
	bool is_young = worker_now(worker) - session->started_us < REPEAT_US;
	if (session->request_hash == hash && (!session->transfer.has_heard || is_young)) {
		transfer_request_again(&session->transfer);
		session_pump(session);
		return true;
	}
	/* Another file, or the same after a restart of the client: whatever ran there has ended. */
	session_close(session);
	return false;
}

static void count_full(struct worker *worker)
{
	uint64_t now_us = worker_now(worker);
	worker->full_count++;
	if (worker->full_logged_us != 0 && now_us - worker->full_logged_us < FULL_LOG_US)
		return;
	log_line(
	    &worker->server->log, LOG_LEVEL_WARNING,
	    "%llu requests not taken: all %zu transfers of this worker are in use (--max-sessions) or "
	    "memory is short; clients will ask again",
	    (unsigned long long)worker->full_count, worker->pool.capacity);
	worker->full_logged_us = now_us;
	worker->full_count = 0;
}

static enum packet_error verdict_code(enum path_verdict verdict)
{
	return verdict == PATH_EMPTY ? PACKET_ERROR_NOT_FOUND : PACKET_ERROR_ACCESS;
}

void admission_request(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		       const uint8_t *data, size_t len)
{
	struct packet packet;
	if (worker->is_draining)
		return;
	enum packet_fault fault = packet_parse(&packet, data, len);
	if (fault == PACKET_TOO_SHORT)
		return;
	if (fault != PACKET_FINE) {
		worker_send_error(worker, endpoint, peer, PACKET_ERROR_ILLEGAL,
				  packet_fault_text(fault));
		return;
	}
	if (packet.op != PACKET_RRQ && packet.op != PACKET_WRQ) {
		admission_stray(worker, endpoint, peer, data, len);
		return;
	}
	uint64_t hash = table_hash(&worker->by_request, data, len);
	struct session *session = session_find_request(worker, &endpoint->local, peer);
	if (session != NULL && !worker->server->is_single_port) {
		/* The client may have sent its last ACK to the TID port before this request, and the request was
		 * read first: it would be taken for a repetition, or end a transfer that is complete. */
		endpoint_receive_now(session->endpoint);
		session = session_find_request(worker, &endpoint->local, peer);
	}
	if (session != NULL && is_repetition(worker, session, hash))
		return;
	if (packet.op == PACKET_WRQ) {
		refuse(worker, endpoint, peer, &packet, PACKET_ERROR_ACCESS,
		       "this server takes no uploads");
		return;
	}
	char path[PATH_BYTES_MAX];
	enum path_verdict verdict = path_normalise(packet.file, path);
	if (verdict != PATH_OK) {
		refuse(worker, endpoint, peer, &packet, verdict_code(verdict),
		       path_verdict_text(verdict));
		return;
	}
	if (session_open(worker, endpoint, peer, &packet, path, hash) == NULL)
		count_full(worker);
}

void admission_stray(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		     const uint8_t *data, size_t len)
{
	struct packet packet;
	if (packet_parse(&packet, data, len) != PACKET_FINE ||
	    (packet.op != PACKET_DATA && packet.op != PACKET_ACK) ||
	    worker_is_quarantined(worker, worker_peer_hash(worker, endpoint, peer)))
		return;
	scold(worker, endpoint, peer, PACKET_ERROR_UNKNOWN_TID, "no transfer on this port with you");
}

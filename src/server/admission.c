#include "server/admission.h"

#include "net/neighbour.h"
#include "proto/request.h"
#include "server/report.h"
#include "server/seats.h"
#include "server/worker.h"

/* Whether one more ERROR for what no well-behaved client sends may go out in this second. */
static bool may_scold(struct worker *worker, unsigned *sent, unsigned max)
{
	uint64_t second = worker_now(worker) / 1000000u;
	if (second != worker->scold_second) {
		worker->scold_second = second;
		worker->stray_errors = worker->malformed_errors = 0;
	}
	return (*sent)++ < max;
}

/* A session for this address and port exists. True: the request is dealt with. */
static bool is_repetition(struct worker *worker, struct session *session, uint64_t hash)
{
	uint64_t age_us = worker_now(worker) - session->started_us;
	if (request_judge(&session->transfer, session->request_hash == hash, age_us) == REQUEST_ANEW) {
		session_close(session);
		return false;
	}
	if (!guard_answers_again(session))
		return true;
	transfer_request_again(&session->transfer);
	session_pump(session);
	return true;
}

static void fill_request(struct policy_request *asked, const struct endpoint *endpoint,
			 const struct addr *peer, const struct packet *packet)
{
	*asked = (struct policy_request){.name = packet->file, .is_write = packet->op == PACKET_WRQ};
	addr_host_bytes(peer, asked->client.bytes);
	addr_host_bytes(&endpoint->local, asked->local.bytes);
}

/* Asks the policy; True: it may begin. */
static bool decide(struct worker *worker, const struct session_request *request,
		   struct policy_decision *decision)
{
	const struct policy *policy = worker->setup->policy;
	struct policy_request asked;
	fill_request(&asked, request->asked, request->peer, request->packet);
	enum policy_verdict verdict = policy_decide(policy, &asked, decision, NULL, NULL);
	if (verdict == POLICY_NEEDS_MAC) {
		asked.is_mac_settled = true;
		asked.has_mac = neighbour_find(request->peer, asked.mac);
		verdict = policy_decide(policy, &asked, decision, NULL, NULL);
	}
	if (verdict == POLICY_OK)
		return true;
	worker_send_error(worker, request->asked, request->peer, (uint16_t)decision->code,
			  decision->reason);
	report_refusal(worker, request, decision);
	return false;
}

/* The running transfer of the same client, if there is one. */
static struct session *find_running(struct worker *worker, const struct session_request *request)
{
	struct endpoint *asked = request->asked;
	struct session *session = session_find_request(worker, &asked->local, request->peer);
	if (session == NULL || worker->server->is_single_port)
		return session;
	/* The client may have sent its last ACK to the TID port before this request, and the request was
	 * read first: it would be taken for a repetition, or end a transfer that is complete. */
	endpoint_receive_now(session->endpoint);
	return session_find_request(worker, &asked->local, request->peer);
}

/* False: memory or ports are short. True also for a request that is dropped. */
static bool begin(struct worker *worker, const struct session_request *request)
{
	if (!guard_admits(worker, request->client) || session_open(worker, request))
		return true;
	ledger_acknowledged(request->client, 1);
	return false;
}

void admission_request(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		       const uint8_t *data, size_t len)
{
	struct packet packet;
	if (worker->is_draining)
		return;
	listeners_watch(worker, worker_now(worker));
	enum packet_fault fault = packet_parse(&packet, data, len);
	if (fault == PACKET_TOO_SHORT)
		return;
	if (fault != PACKET_FINE) {
		if (may_scold(worker, &worker->malformed_errors, MALFORMED_ERRORS_PER_S))
			worker_send_error(worker, endpoint, peer, PACKET_ERROR_ILLEGAL,
					  packet_fault_text(fault));
		return;
	}
	if (packet.op != PACKET_RRQ && packet.op != PACKET_WRQ) {
		admission_stray(worker, endpoint, peer, data, len);
		return;
	}
	struct policy_decision decision;
	struct session_request request = {
	    .asked = endpoint,
	    .peer = peer,
	    .packet = &packet,
	    .decision = &decision,
	    .hash = table_hash(&worker->by_request, data, len),
	};
	struct session *session = find_running(worker, &request);
	if (session != NULL && is_repetition(worker, session, request.hash))
		return;
	if (!decide(worker, &request, &decision))
		return;
	request.client = ledger_hold(&worker->ledger, peer);
	if (request.client == NULL)
		return;
	if (!seats_are_free(worker, request.client)) {
		seats_wait(worker, &request, data, len);
		seats_serve_soon(worker);
	} else if (!begin(worker, &request)) {
		seats_wait(worker, &request, data, len);
	}
	ledger_drop(&worker->ledger, request.client);
}

bool admission_begin(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		     const uint8_t *data, size_t len)
{
	struct packet packet;
	struct policy_decision decision;
	struct session_request request = {
	    .asked = endpoint,
	    .peer = peer,
	    .packet = &packet,
	    .decision = &decision,
	    .hash = table_hash(&worker->by_request, data, len),
	};
	if (packet_parse(&packet, data, len) != PACKET_FINE || !decide(worker, &request, &decision))
		return true;
	request.client = ledger_hold(&worker->ledger, peer);
	bool is_done = request.client != NULL && begin(worker, &request);
	ledger_drop(&worker->ledger, request.client);
	return is_done;
}

void admission_stray(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		     const uint8_t *data, size_t len)
{
	struct packet packet;
	if (packet_parse(&packet, data, len) != PACKET_FINE ||
	    (packet.op != PACKET_DATA && packet.op != PACKET_ACK) ||
	    worker_quarantined_until(worker, worker_peer_hash(worker, endpoint, peer)) != 0)
		return;
	ledger_stray(&worker->ledger, peer, worker_now(worker));
	if (may_scold(worker, &worker->stray_errors, STRAY_ERRORS_PER_S))
		worker_send_error(worker, endpoint, peer, PACKET_ERROR_UNKNOWN_TID,
				  "no transfer on this port with you");
}

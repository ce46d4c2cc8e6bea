#include "server/report.h"

#include <stdio.h>

#include "server/worker.h"

static enum uvtftp_outcome translate(enum transfer_outcome outcome)
{
	switch (outcome) {
	case TRANSFER_DONE:
		return UVTFTP_OUTCOME_DONE;
	case TRANSFER_PROBE:
		return UVTFTP_OUTCOME_PROBE;
	case TRANSFER_ABORTED:
		return UVTFTP_OUTCOME_ABORTED;
	case TRANSFER_REFUSED:
		return UVTFTP_OUTCOME_REFUSED;
	case TRANSFER_TIMEOUT:
		return UVTFTP_OUTCOME_TIMEOUT;
	case TRANSFER_WASTEFUL:
		return UVTFTP_OUTCOME_WASTEFUL;
	case TRANSFER_FORGED:
		return UVTFTP_OUTCOME_FORGED;
	case TRANSFER_RUNNING: /* nobody ended it but a new request from the same port */
		return UVTFTP_OUTCOME_REPLACED;
	default:
		return UVTFTP_OUTCOME_FAILED;
	}
}

static void format_options(const struct option_set *set, char *text, size_t room)
{
	size_t len = 0;
	text[0] = '\0';
	for (uint8_t i = 0; i < set->count; i++) {
		enum option_id id = set->order[i];
		int n = snprintf(text + len, room - len, "%s%s=%llu", i > 0 ? " " : "", option_name(id),
				 (unsigned long long)set->value[id]);
		if (n < 0 || (size_t)n >= room - len)
			return;
		len += (size_t)n;
	}
}

void report_session(const struct session *session, uint64_t now_us)
{
	const struct server *server = session->worker->server;
	const struct transfer *transfer = &session->transfer;
	if (server->on_report == NULL)
		return;
	char client[ADDR_TEXT_MAX], local[ADDR_TEXT_MAX], options[160];
	addr_format(&session->peer, client);
	addr_format(&session->endpoint->local, local);
	format_options(&transfer->options, options, sizeof options);
	bool has_begun = transfer->blksize != 0;
	bool is_write = transfer->direction == TRANSFER_RECEIVE;
	struct uvtftp_report report = {
	    .outcome = translate(transfer->outcome),
	    .is_write = is_write,
	    .client = client,
	    .local = local,
	    .file = session->name,
	    .options = transfer->blksize != 0 ? options : "",
	    .reason = transfer->outcome == TRANSFER_RUNNING ? "the client began anew from the same port"
							    : transfer_reason(transfer),
	    .bytes = transfer_bytes(transfer),
	    .duration_us = now_us - session->started_us,
	    .packets = !has_begun ? 0
		       : is_write ? transfer->receiver.got
				  : transfer->sender.blocks_sent,
	    .retransmissions =
		transfer->packets_repeated + (!has_begun ? 0
					      : is_write ? transfer->receiver.blocks_repeated
							 : transfer->sender.blocks_resent),
	    .acks_repeated = transfer->counts.acks_repeated,
	    .rewinds = transfer->counts.rewinds,
	    .timeouts = transfer->counts.timeouts,
	    .timeouts_early = transfer->counts.timeouts_early,
	    .error_code = transfer->error_code,
	    .rule = session->rule,
	};
	server->on_report(server->user, &report);
}

void report_refusal(struct worker *worker, const struct session_request *request,
		    const struct policy_decision *decision)
{
	const struct server *server = worker->server;
	if (server->on_report == NULL)
		return;
	char client[ADDR_TEXT_MAX], local[ADDR_TEXT_MAX], name[REPORT_NAME_MAX],
	    reason[POLICY_REASON_MAX];
	addr_format(request->peer, client);
	addr_format(&request->asked->local, local);
	text_printable(request->packet->file, name, sizeof name);
	text_printable(text_of(decision->reason), reason, sizeof reason);
	struct uvtftp_report report = {
	    .outcome = UVTFTP_OUTCOME_REFUSED,
	    .is_write = request->packet->op == PACKET_WRQ,
	    .client = client,
	    .local = local,
	    .file = name,
	    .options = "",
	    .reason = reason,
	    .error_code = decision->code,
	    .rule = decision->rule,
	};
	server->on_report(server->user, &report);
}

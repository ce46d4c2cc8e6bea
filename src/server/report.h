/* Telling the owner how a transfer ended. */
#ifndef UVTFTP_SERVER_REPORT_H
#define UVTFTP_SERVER_REPORT_H

#include "server/session.h"

#define REPORT_NAME_MAX 256 /* longer names are cut */

void report_session(const struct session *session, uint64_t now_us);
/* A request refused before it became a session. */
void report_refusal(struct worker *worker, const struct session_request *request,
		    const struct policy_decision *decision);

#endif

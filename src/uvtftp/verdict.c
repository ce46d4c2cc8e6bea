#include "uvtftp/verdict.h"

#include <inttypes.h>
#include <stdio.h>

static const char remedy_path[] = "Check the path: it is the server that says what it is relative to";
static const char remedy_target[] =
    "Check the path; some servers take only files that they have already";
static const char remedy_exists[] = "Choose another name, or have the file removed there";
static const char remedy_full[] = "Have some space freed there, or choose another server";
static const char remedy_access[] = "Ask who runs the server to allow it";
static const char remedy_later[] = "Try again, or ask who runs the server";
static const char remedy_plain[] = "Try again with --no-options";
static const char remedy_silent[] = "Check that a TFTP server runs there and that no firewall drops UDP";
static const char remedy_longer[] = "Try again, or with a longer --timeout or a smaller --blksize";
static const char remedy_network[] = "Check the limits and the network of this machine";

#define CODE_NOT_FOUND 1
#define CODE_ACCESS    2
#define CODE_FULL      3
#define CODE_EXISTS    6

static const char *choose_remedy(int code, bool is_upload)
{
	if (code == CODE_NOT_FOUND)
		return is_upload ? remedy_target : remedy_path;
	if (code == CODE_ACCESS)
		return remedy_access;
	if (is_upload && code == CODE_EXISTS)
		return remedy_exists;
	return is_upload && code == CODE_FULL ? remedy_full : remedy_later;
}

static void judge_refused(struct verdict *verdict, const struct client_report *report, bool is_upload)
{
	bool is_missing = report->error_code == CODE_NOT_FOUND;
	verdict->status = is_missing ? STATUS_NOT_FOUND : STATUS_REFUSED;
	verdict->outcome = is_missing ? "not-found" : "refused";
	verdict->remedy = choose_remedy(report->error_code, is_upload);
	snprintf(verdict->why, sizeof verdict->why, "the server says error %d%s%s", report->error_code,
		 report->reason[0] != '\0' ? ", " : "", report->reason);
}

static void judge_timeout(struct verdict *verdict, const struct client_report *report,
			  unsigned timeout_s)
{
	char server[ADDR_TEXT_MAX];
	verdict->status = STATUS_SILENT;
	verdict->outcome = "timeout";
	verdict->remedy = report->has_answered ? remedy_longer : remedy_silent;
	addr_format(&report->server, server);
	if (report->has_answered)
		snprintf(verdict->why, sizeof verdict->why,
			 "%s fell silent for %u s after %" PRIu64 " bytes", server, timeout_s,
			 report->bytes);
	else
		snprintf(verdict->why, sizeof verdict->why, "no answer from %s within %u s", server,
			 timeout_s);
}

static void judge_local(struct verdict *verdict, const struct client_report *report,
			const struct fault *fault)
{
	verdict->status = STATUS_LOCAL;
	verdict->outcome = "local";
	verdict->is_about_file = fault->doing != NULL;
	verdict->remedy = fault->doing != NULL ? fault->remedy : remedy_network;
	verdict->is_quiet = fault->is_quiet;
	snprintf(verdict->why, sizeof verdict->why, "%s: %s",
		 fault->doing != NULL ? fault->doing : report->reason, uv_strerror(report->local_error));
}

void verdict_find(struct verdict *verdict, const struct client_report *report, const struct fault *fault,
		  unsigned timeout_s, bool is_upload)
{
	*verdict = (struct verdict){.status = STATUS_DONE, .outcome = "done"};
	switch (report->outcome) {
	case CLIENT_DONE:
		break;
	case CLIENT_REFUSED:
		judge_refused(verdict, report, is_upload);
		break;
	case CLIENT_BROKEN:
		verdict->status = STATUS_REFUSED;
		verdict->outcome = "protocol";
		verdict->remedy = remedy_plain;
		snprintf(verdict->why, sizeof verdict->why, "%s", report->reason);
		break;
	case CLIENT_TIMEOUT:
		judge_timeout(verdict, report, timeout_s);
		break;
	case CLIENT_LOCAL:
		judge_local(verdict, report, fault);
		break;
	case CLIENT_CANCELLED:
		verdict->status = STATUS_SIGNAL;
		verdict->outcome = "interrupted";
		verdict->is_quiet = true;
		snprintf(verdict->why, sizeof verdict->why, "interrupted");
		break;
	}
}

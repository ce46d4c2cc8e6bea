#include "uvtftp/storm_tally.h"

#include <string.h>

static void add_error(struct storm_tally *tally, unsigned code, const char *text, uint64_t count)
{
	unsigned at = 0;
	while (at < tally->error_count &&
	       (tally->errors[at].code != code || strcmp(tally->errors[at].text, text) != 0))
		at++;
	if (at == STORM_ERRORS_MAX) {
		tally->errors_other += count;
		return;
	}
	struct storm_error *error = &tally->errors[at];
	if (at == tally->error_count) {
		tally->error_count++;
		error->code = code;
		memcpy(error->text, text, strlen(text) + 1);
	}
	error->count += count;
}

void storm_tally_error(struct storm_tally *tally, unsigned code, struct text text)
{
	char shown[STORM_ERROR_TEXT_MAX];
	text_printable(text, shown, sizeof shown);
	add_error(tally, code, shown, 1);
}

void storm_tally_merge(struct storm_tally *into, const struct storm_tally *from)
{
	count_add(&into->begun, count_get(&from->begun));
	count_add(&into->completed, count_get(&from->completed));
	count_add(&into->failed, count_get(&from->failed));
	count_add(&into->bytes, count_get(&from->bytes));
	for (unsigned i = 0; i < STORM_FAILURES; i++)
		into->failures[i] += from->failures[i];
	into->retransmissions += from->retransmissions;
	into->packets_sent += from->packets_sent;
	into->packets_received += from->packets_received;
	storm_histogram_merge(&into->first_data, &from->first_data);
	storm_histogram_merge(&into->whole, &from->whole);
	for (unsigned i = 0; i < from->error_count; i++)
		add_error(into, from->errors[i].code, from->errors[i].text, from->errors[i].count);
	into->errors_other += from->errors_other;
	if (into->local_error == 0)
		into->local_error = from->local_error;
}

/* One datagram from a stranger: parsed, its options read, its name made a path; what we would write of it
 * reads back as the same. */
#include "fuzz/fuzz.h"
#include "policy/path.h"
#include "proto/option.h"

static void check_inside(struct text text, const uint8_t *bytes, size_t len)
{
	const uint8_t *at = (const uint8_t *)text.at;
	ASSERT(text.len == 0 ||
	       (at >= bytes && at < bytes + len && text.len <= (size_t)(bytes + len - at)));
}

static void check_same_options(const struct option_set *a, const struct option_set *b)
{
	ASSERT(a->count == b->count);
	for (uint8_t i = 0; i < a->count; i++) {
		enum option_id id = (enum option_id)a->order[i];
		ASSERT(a->order[i] == b->order[i]);
		ASSERT(a->value[id] == b->value[id]);
	}
}

static void check_values(const struct option_set *set)
{
	ASSERT(set->count <= OPTION_COUNT);
	uint64_t blksize = option_value(set, OPTION_BLKSIZE);
	uint64_t window = option_value(set, OPTION_WINDOWSIZE);
	ASSERT(blksize >= OPTION_BLKSIZE_MIN && blksize <= OPTION_BLKSIZE_MAX);
	ASSERT(window >= 1 && window <= OPTION_WINDOWSIZE_MAX);
	ASSERT(option_value(set, OPTION_TIMEOUT) <= 255);
	ASSERT(option_value(set, OPTION_ROLLOVER) <= 1);
}

static void check_path(struct text name)
{
	char *path = fuzz_alloc(PATH_BYTES_MAX);
	char *again = fuzz_alloc(PATH_BYTES_MAX);
	enum path_verdict verdict = path_normalise(name, path);
	ASSERT(path_verdict_text(verdict)[0] != '\0');
	ASSERT((verdict == PATH_OK) == (path[0] != '\0'));
	if (verdict == PATH_OK) {
		size_t component = 0;
		for (const char *at = path;; at++) {
			bool is_end = *at == '\0' || *at == '/';
			ASSERT(*at != '\\' && (*at == '\0' || (unsigned char)*at >= 0x20));
			if (!is_end) {
				component++;
				continue;
			}
			const char *start = at - component;
			ASSERT(component > 0 && component <= PATH_COMPONENT_MAX);
			ASSERT(!(component == 1 && start[0] == '.'));
			ASSERT(!(component == 2 && start[0] == '.' && start[1] == '.'));
			component = 0;
			if (*at == '\0')
				break;
		}
		ASSERT(path_normalise(text_of(path), again) == PATH_OK);
		ASSERT(strcmp(path, again) == 0);
	}
	free(again);
	free(path);
}

/* As a client we would write this request; as a server we would answer it. */
static void check_request(const struct packet *request)
{
	static const struct option_limits limits = {.blksize_max = 1428, .windowsize_max = 16};
	struct option_set asked, again;
	struct packet parsed;
	struct bytes_out out;
	uint8_t room[2048];
	option_read(&asked, request);
	check_values(&asked);

	bytes_out_init(&out, room, sizeof room);
	packet_write_request(&out, request->op, request->file, request->mode);
	option_write(&out, &asked);
	if (bytes_out_len(&out) > 0) {
		ASSERT(packet_parse(&parsed, room, bytes_out_len(&out)) == PACKET_FINE);
		ASSERT(parsed.op == request->op && parsed.mode == request->mode);
		ASSERT(text_equals(parsed.file, request->file));
		option_read(&again, &parsed);
		check_same_options(&asked, &again);
	}

	struct option_set granted = asked;
	option_limit(&granted, &limits);
	check_values(&granted);
	bytes_out_init(&out, room, sizeof room);
	option_write_oack(&out, &granted);
	ASSERT(packet_parse(&parsed, room, bytes_out_len(&out)) == PACKET_FINE &&
	       parsed.op == PACKET_OACK);
	ASSERT(option_accept(&again, &asked, &parsed) == NULL);
	check_same_options(&granted, &again);
	check_path(request->file);
}

static void check_error(const struct packet *packet)
{
	char printable[32];
	uint8_t room[64];
	struct bytes_out out;
	struct packet again;
	text_printable(packet->body, printable, sizeof printable);
	bytes_out_init(&out, room, sizeof room);
	packet_write_error(&out, packet->number, printable);
	ASSERT(packet_parse(&again, room, bytes_out_len(&out)) == PACKET_FINE);
	ASSERT(again.number == packet->number && text_equals(again.body, text_of(printable)));
}

static void check_oack(const struct packet *packet)
{
	static const struct option_set asked = {
	    .value = {1428, 3, 0, 16, 0},
	    .order = {OPTION_BLKSIZE, OPTION_TIMEOUT, OPTION_TSIZE, OPTION_WINDOWSIZE, OPTION_ROLLOVER},
	    .count = OPTION_COUNT,
	};
	struct option_set granted;
	if (option_accept(&granted, &asked, packet) == NULL) {
		check_values(&granted);
		ASSERT(option_value(&granted, OPTION_BLKSIZE) <= 1428);
		ASSERT(option_value(&granted, OPTION_WINDOWSIZE) <= 16);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed feed = {data, size};
	size_t len;
	uint8_t *bytes = feed_copy(&feed, size, &len);
	struct packet packet;
	enum packet_fault fault = packet_parse(&packet, bytes, len);
	ASSERT(packet_fault_text(fault)[0] != '\0');
	if (fault == PACKET_FINE) {
		bool is_request = packet.op == PACKET_RRQ || packet.op == PACKET_WRQ;
		if (is_request || packet.op == PACKET_OACK) {
			ASSERT(packet.pair_count <= PACKET_OPTIONS_MAX);
			for (size_t i = 0; i < packet.pair_count; i++) {
				check_inside(packet.pairs[i].name, bytes, len);
				check_inside(packet.pairs[i].value, bytes, len);
			}
		} else {
			check_inside(packet.body, bytes, len);
		}
		if (is_request) {
			check_inside(packet.file, bytes, len);
			check_request(&packet);
		} else if (packet.op == PACKET_OACK) {
			check_oack(&packet);
		} else if (packet.op == PACKET_ERROR) {
			check_error(&packet);
		}
	}
	free(bytes);
	return 0;
}

/* The conversations of test/replay with the real daemon, as far as they need neither virtual time nor settings: what
 * the player does in place of admission, sessions and files must be what those do. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/daemon.h"
#include "e2e/udp.h"
#include "replay/play.h"
#include "unit/suite.h"

/* For an answer that must come. */
#define ANSWER_US 10000000u
/* Silence is believed after so long. */
#define SILENCE_US     20000u
#define FILE_BYTES_MAX (4u << 20)

struct wire {
	struct tree tree;
	struct daemon daemon;
	union udp_addr listener;
	char host
	    [UDP_TEXT_MAX]; /* of this talk's clients: what the server remembers of others is not for them */
	struct {
		int fd; /* 0: none */
		union udp_addr tid;
		bool has_tid;
	} ends[STAGE_PEERS_MAX];
	struct udp_packet packet;
};

static void make_directories(const struct wire *wire, const char *name)
{
	char path[TREE_PATH_MAX];
	tree_path(&wire->tree, name, path);
	for (char *at = path + strlen(wire->tree.root) + 1; (at = strchr(at, '/')) != NULL;
	     *at++ = '/') {
		*at = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
	}
}

static void put_file(struct stage *stage, const struct stage_file *file)
{
	struct wire *wire = stage->server_context;
	size_t size = (size_t)file->size_bytes;
	uint8_t *bytes = malloc(size + 1);
	ck_assert_ptr_nonnull(bytes);
	stage_file_read(file, 0, bytes, size);
	make_directories(wire, file->name);
	tree_write(&wire->tree, file->name, bytes, size);
	free(bytes);
}

/* What the player must know of a request to make the packets of its file. */
static void note_request(struct stage *stage, struct peer *peer, const struct packet *request)
{
	char path[PATH_BYTES_MAX] = "";
	struct text name = request->file;
	if (name.len > 2 && name.at[1] == ':')
		name = (struct text){name.at + 2, name.len - 2};
	path_normalise(name, path);
	struct stage_file *file = stage_file(stage, text_of(path));
	if (file == NULL)
		return;
	stage_begin(stage, peer, file);
	peer->is_uploading = request->op == PACKET_WRQ;
}

static void hear(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len)
{
	struct wire *wire = stage->server_context;
	size_t i = (size_t)(peer - stage->peers);
	struct packet packet;
	bool is_request =
	    len >= 2 && bytes[0] == 0 && (bytes[1] == PACKET_RRQ || bytes[1] == PACKET_WRQ);
	if (wire->ends[i].fd == 0)
		wire->ends[i].fd = udp_open(wire->host);
	if (wire->ends[i].fd < 0)
		wire->ends[i].fd = udp_open("127.0.0.1"); /* macOS has no other loopback address */
	if (is_request && packet_parse(&packet, bytes, len) == PACKET_FINE)
		note_request(stage, peer, &packet);
	bool is_to_listener = is_request || !wire->ends[i].has_tid;
	udp_send(wire->ends[i].fd, is_to_listener ? &wire->listener : &wire->ends[i].tid, bytes, len);
}

static void receive(struct stage *stage, struct wire *wire, unsigned wait_ms)
{
	for (size_t i = 0; i < stage->peer_count; i++) {
		while (wire->ends[i].fd != 0 &&
		       udp_receive(wire->ends[i].fd, &wire->packet, i == 0 ? wait_ms : 0)) {
			wire->ends[i].tid = wire->packet.from;
			wire->ends[i].has_tid = true;
			stage_read_oack(&stage->peers[i], wire->packet.bytes, wire->packet.len);
			stage_say(stage, &stage->peers[i], wire->packet.bytes, wire->packet.len);
			wait_ms = 0;
		}
	}
}

static void run(struct stage *stage, uint64_t until_us, const struct peer *stop)
{
	uint64_t wait_us = until_us - stage->now_us;
	if (stop != NULL)
		wait_us += ANSWER_US;
	else if (wait_us > SILENCE_US)
		wait_us = SILENCE_US;
	uint64_t end_us = udp_now_us() + wait_us;
	do
		receive(stage, stage->server_context, 1);
	while (udp_now_us() < end_us && stage->why[0] == '\0' &&
	       (stop == NULL || stop->letter_count == 0));
	stage->now_us = until_us;
}

/* Nobody is left talking to a client that is gone. */
static void hang_up(struct wire *wire)
{
	static const uint8_t error[] = {0, PACKET_ERROR, 0, 0, 0};
	for (size_t i = 0; i < STAGE_PEERS_MAX; i++) {
		if (wire->ends[i].has_tid)
			udp_send(wire->ends[i].fd, &wire->ends[i].tid, error, sizeof error);
		if (wire->ends[i].fd != 0)
			close(wire->ends[i].fd);
		wire->ends[i].fd = 0;
		wire->ends[i].has_tid = false;
	}
}

static const struct stage_server real = {FILE_BYTES_MAX, put_file, hear, run};

static int is_talk(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return len > 5 && strcmp(entry->d_name + len - 5, ".talk") == 0;
}

/* Twice if need be: a machine that stands still for a while looks to the server like a network that loses packets,
 * and then it grants less. Each time the client is another. */
static enum play_result play(struct wire *wire, const char *path, int index)
{
	enum play_result result = PLAY_FAILED;
	for (int attempt = 1; attempt <= 2 && result == PLAY_FAILED; attempt++) {
		snprintf(wire->host, sizeof wire->host, "127.%d.%d.1", attempt, index % 250);
		result = play_file(path, (struct play_server){&real, wire}, false);
		hang_up(wire);
	}
	return result;
}

static void play_all(const char *const *args)
{
	static struct wire wire;
	struct dirent **entries;
	unsigned fine = 0;
	int count = scandir(REPLAY_TALKS, &entries, is_talk, alphasort);
	ck_assert_int_gt(count, 0);
	tree_make(&wire.tree);
	daemon_serve(&wire.daemon, &wire.tree, args);
	udp_address(&wire.listener, "127.0.0.1", wire.daemon.port);
	for (int i = 0; i < count; i++) {
		char path[1024];
		snprintf(path, sizeof path, "%s/%s", REPLAY_TALKS, entries[i]->d_name);
		enum play_result result = play(&wire, path, i);
		ck_assert_msg(result != PLAY_FAILED, "%s: see above", entries[i]->d_name);
		fine += result == PLAY_FINE;
		free(entries[i]);
	}
	free(entries);
	fprintf(stderr, "%u of %d talks were played\n", fine, count);
	ck_assert_uint_gt(fine, 50);
	daemon_end(&wire.daemon, SIGTERM);
	daemon_forget(&wire.daemon);
	tree_remove(&wire.tree);
}

START_TEST(plays_the_talks_as_the_core_does)
{
	play_all(STRINGS("--write=overwrite"));
}
END_TEST

START_TEST(plays_the_talks_on_a_single_port)
{
	play_all(STRINGS("--write=overwrite", "--single-port"));
}
END_TEST

SUITE("talks", plays_the_talks_as_the_core_does, plays_the_talks_on_a_single_port)

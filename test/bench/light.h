/* The speed of light: the least work that a UDP server can do and still be taken for TFTP by a real client.
 *
 * One in-memory file whatever is asked for, packets built beforehand, recvmmsg and sendmmsg, UDP_SEGMENT for
 * windows, one thread. No files, timers, checks, retransmissions or log: it is a ruler, not a server. */
#ifndef UVTFTP_TEST_BENCH_LIGHT_H
#define UVTFTP_TEST_BENCH_LIGHT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH           64 /* datagrams a recvmmsg, messages a sendmmsg */
#define NUMBERS         65536
#define SEGMENTS_MAX    64 /* of one message, on older kernels too */
#define MESSAGE_MAX     65507
#define ANSWER_MAX      128
#define BLKSIZE_DEFAULT 512
#define BLKSIZE_MAX     65464

/* The file as the packets of one block size, one behind the other. Block numbers repeat after 65,536 blocks;
 * so does what is sent. */
struct image {
	unsigned blksize;
	uint64_t last; /* the number of the last block */
	size_t last_len;
	uint8_t *packets;
};

struct session {
	struct sockaddr_in peer;
	const struct image *image;
	uint64_t done; /* blocks acknowledged, or received of an upload */
	unsigned window;
	unsigned pending; /* blocks of an upload since the last ACK */
	bool is_upload;
	bool has_told; /* of a gap in an upload */
};

struct tally {
	uint64_t received, sent, messages, calls;
};

extern struct tally tally;

/* light_image.c */
void image_content(const char *what); /* a size in bytes, or a file */
uint64_t image_size(void);
const struct image *image_for(unsigned blksize); /* made when first asked for, never freed */

/* light_send.c: what is queued is borrowed until light_flush */
void light_blocks(int fd, const struct session *session, uint64_t first, uint64_t count);
uint8_t *light_answer(int fd, const struct session *session); /* ANSWER_MAX bytes to fill */
void light_answered(size_t len);                              /* so many are filled */
void light_flush(int fd);

/* light_talk.c; false: the transfer is over */
bool talk_begin(int fd, struct session *session, const uint8_t *request, size_t len);
bool talk_go_on(int fd, struct session *session, const uint8_t *packet, size_t len);

void die(const char *what);

#endif

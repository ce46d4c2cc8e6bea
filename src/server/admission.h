/* What becomes of a datagram that belongs to no session: a new transfer, a refusal, or nothing. */
#ifndef UVTFTP_SERVER_ADMISSION_H
#define UVTFTP_SERVER_ADMISSION_H

#include "net/endpoint.h"

struct worker;

/* A datagram on a port that takes requests. */
void admission_request(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		       const uint8_t *data, size_t len);
/* A request that waited, whole and well-formed when it came. False: memory or ports are short. */
bool admission_begin(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		     const uint8_t *data, size_t len);
/* A datagram on a TID port from someone who has no transfer there (RFC 1350 section 4: ERROR 5). */
void admission_stray(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		     const uint8_t *data, size_t len);

#endif

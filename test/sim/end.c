#include "sim/end.h"

#include <string.h>

#include "sim/oracle.h"

void end_init(struct end *end, const struct end_setup *setup, world_fire *receive, bool is_server)
{
	*end = (struct end){
	    .world = setup->world,
	    .oracle = setup->oracle,
	    .scenario = setup->scenario,
	    .content = setup->content,
	    .other = setup->other,
	    .out = setup->out,
	    .receive = receive,
	    .address = is_server ? WORLD_SERVER : WORLD_CLIENT,
	};
	content_check_init(&end->check, setup->content);
}

void end_send(struct end *end, const void *bytes, size_t len, uint64_t position)
{
	uint32_t to = end->peer != 0 ? end->peer : WORLD_SERVER_LISTENS;
	struct datagram *datagram = world_datagram(end->world, end->address, to, len);
	if (datagram == NULL)
		return;
	memcpy(datagram->bytes, bytes, len);
	datagram->position = position;
	link_send(end->out, datagram);
}

bool end_is_from_peer(struct end *end, const struct datagram *datagram)
{
	if (end->peer == 0 && WORLD_NODE(datagram->from) == WORLD_NODE(WORLD_SERVER))
		return true;
	if (end->peer != 0 && datagram->from == end->peer)
		return true;
	if (datagram->len >= 2 && datagram->bytes[1] != PACKET_ERROR)
		end->oracle->refusals++;
	return false;
}

#include "proto/option.h"

struct kind {
	const char *name;
	uint64_t min;
	uint64_t max;
	uint64_t absent; /* value in force when it was not negotiated */
};

static const struct kind kinds[OPTION_COUNT] = {
    [OPTION_BLKSIZE] = {"blksize", OPTION_BLKSIZE_MIN, OPTION_BLKSIZE_MAX, OPTION_BLKSIZE_DEFAULT},
    [OPTION_TIMEOUT] = {"timeout", 1, 255, 0},
    [OPTION_TSIZE] = {"tsize", 0, UINT64_MAX, 0},
    [OPTION_WINDOWSIZE] = {"windowsize", 1, OPTION_WINDOWSIZE_MAX, 1},
    [OPTION_ROLLOVER] = {"rollover", 0, 1, 0},
};

const char *option_name(enum option_id id)
{
	return kinds[id].name;
}

bool option_has(const struct option_set *set, enum option_id id)
{
	for (uint8_t i = 0; i < set->count; i++)
		if (set->order[i] == id)
			return true;
	return false;
}

uint64_t option_value(const struct option_set *set, enum option_id id)
{
	return option_has(set, id) ? set->value[id] : kinds[id].absent;
}

void option_put(struct option_set *set, enum option_id id, uint64_t value)
{
	if (!option_has(set, id)) {
		set->order[set->count++] = (uint8_t)id;
		set->capitals[id] = 0;
	}
	set->value[id] = value;
}

void option_remove(struct option_set *set, enum option_id id)
{
	uint8_t kept = 0;
	for (uint8_t i = 0; i < set->count; i++)
		if (set->order[i] != id)
			set->order[kept++] = set->order[i];
	set->count = kept;
}

static enum option_id find(struct text name)
{
	enum option_id id = 0;
	while (id < OPTION_COUNT && !text_equals_nocase(name, text_of(kinds[id].name)))
		id++;
	return id;
}

static bool parse_value(enum option_id id, struct text text, uint64_t *value)
{
	return text_number(text, value) && *value >= kinds[id].min && *value <= kinds[id].max;
}

/* Of a name that was found, so of nothing but letters. */
static uint16_t read_capitals(struct text name)
{
	uint16_t capitals = 0;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= 'Z')
			capitals = (uint16_t)(capitals | 1u << i);
	return capitals;
}

void option_read(struct option_set *asked, const struct packet *packet)
{
	*asked = (struct option_set){.count = 0};
	for (size_t i = 0; i < packet->pair_count; i++) {
		enum option_id id = find(packet->pairs[i].name);
		uint64_t value;
		/* RFC 2347: an option may appear once; the first one counts. */
		if (id == OPTION_COUNT || option_has(asked, id) ||
		    !parse_value(id, packet->pairs[i].value, &value))
			continue;
		option_put(asked, id, value);
		asked->capitals[id] = read_capitals(packet->pairs[i].name);
	}
}

static void lower(struct option_set *set, enum option_id id, uint32_t max)
{
	if (option_has(set, id) && set->value[id] > max)
		set->value[id] = max;
}

unsigned option_rollover(const struct option_set *set, unsigned absent)
{
	return option_has(set, OPTION_ROLLOVER) ? (unsigned)set->value[OPTION_ROLLOVER] : absent;
}

void option_limit(struct option_set *set, const struct option_limits *limits)
{
	for (unsigned id = 0; id < OPTION_COUNT; id++)
		if ((limits->refused >> id & 1) != 0)
			option_remove(set, (enum option_id)id);
	lower(set, OPTION_BLKSIZE, limits->blksize_max);
	lower(set, OPTION_WINDOWSIZE, limits->windowsize_max);
	/* With rollover 1 a window of all 65535 numbers would end with the number of the one before. */
	if (option_rollover(set, limits->rollover) == 1)
		lower(set, OPTION_WINDOWSIZE, OPTION_WINDOWSIZE_MAX - 1);
	if (limits->window_bytes_max != 0) {
		uint32_t blocks = limits->window_bytes_max / (uint32_t)option_value(set, OPTION_BLKSIZE);
		lower(set, OPTION_WINDOWSIZE, blocks > 0 ? blocks : 1);
	}
}

/* RFC 2348, 7440: at most what was asked. RFC 2349: exactly what was asked; a size is the server's to say. */
static bool may_answer(enum option_id id, uint64_t asked, uint64_t answered)
{
	if (id == OPTION_TSIZE)
		return true;
	if (id == OPTION_BLKSIZE || id == OPTION_WINDOWSIZE)
		return answered <= asked;
	return answered == asked;
}

const char *option_accept(struct option_set *granted, const struct option_set *asked,
			  const struct packet *oack)
{
	*granted = (struct option_set){.count = 0};
	for (size_t i = 0; i < oack->pair_count; i++) {
		enum option_id id = find(oack->pairs[i].name);
		uint64_t value;
		if (id == OPTION_COUNT || !option_has(asked, id))
			return "the server granted an option that was not asked for";
		if (!parse_value(id, oack->pairs[i].value, &value))
			return "the server granted an option with a malformed value";
		if (!may_answer(id, asked->value[id], value))
			return "the server granted another value than it may";
		option_put(granted, id, value);
	}
	return NULL;
}

static void write_name(struct bytes_out *out, const struct option_set *set, enum option_id id)
{
	char name[16];
	struct text text = text_of(kinds[id].name);
	for (size_t i = 0; i < text.len; i++)
		name[i] = (char)(set->capitals[id] >> i & 1 ? text.at[i] - 'a' + 'A' : text.at[i]);
	text.at = name;
	bytes_out_string(out, text);
}

void option_write(struct bytes_out *out, const struct option_set *set)
{
	for (uint8_t i = 0; i < set->count; i++) {
		write_name(out, set, set->order[i]);
		bytes_out_number(out, set->value[set->order[i]]);
	}
}

void option_write_oack(struct bytes_out *out, const struct option_set *set)
{
	bytes_out_u16(out, PACKET_OACK);
	option_write(out, set);
}

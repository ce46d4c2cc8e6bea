#include <string.h>

#include "replay/play.h"

static bool take_time(struct play *play, uint64_t *time_us)
{
	struct text rest;
	return words_read_time(words_take(&play->words), time_us, &rest) && rest.len == 0;
}

static bool take_number(struct play *play, uint32_t *value)
{
	uint64_t number;
	if (!words_take_number(&play->words, &number) || number > UINT32_MAX)
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool take_short_time(struct play *play, uint32_t *time_us)
{
	uint64_t us;
	if (!take_time(play, &us) || us > UINT32_MAX)
		return false;
	*time_us = (uint32_t)us;
	return true;
}

static bool take_refused(struct play *play, uint32_t *refused)
{
	struct text name = words_take(&play->words);
	for (unsigned id = 0; id < OPTION_COUNT; id++)
		if (text_equals(name, text_of(option_name((enum option_id)id)))) {
			*refused |= 1u << id;
			return true;
		}
	return false;
}

static bool take_writes(struct play *play, enum stage_writes *writes)
{
	static const char *const names[] = {"overwrite", "create", "off"};
	for (unsigned i = 0; i < 3; i++)
		if (words_take_if(&play->words, names[i])) {
			*writes = (enum stage_writes)i;
			return true;
		}
	return false;
}

static bool take_directory(struct play *play, char *room, size_t room_len)
{
	struct text text = words_take(&play->words);
	if (text.len == 0 || text.len >= room_len)
		return false;
	memcpy(room, text.at, text.len);
	room[text.len] = '\0';
	return true;
}

/* set NAME VALUE */
void play_set(struct play *play)
{
	struct stage *stage = play->stage;
	struct transfer_limits *limits = &stage->limits;
	struct words *words = &play->words;
	bool is_fine = false;
	if (words_take_if(words, "blksize-max"))
		is_fine = take_number(play, &limits->options.blksize_max);
	else if (words_take_if(words, "windowsize-max"))
		is_fine = take_number(play, &limits->options.windowsize_max);
	else if (words_take_if(words, "rollover"))
		is_fine = take_number(play, &limits->options.rollover);
	else if (words_take_if(words, "refuse"))
		is_fine = take_refused(play, &limits->options.refused);
	else if (words_take_if(words, "give-up"))
		is_fine = take_short_time(play, &limits->give_up_us);
	else if (words_take_if(words, "dally"))
		is_fine = take_short_time(play, &limits->dally_us);
	else if (words_take_if(words, "open-delay"))
		is_fine = take_time(play, &stage->open_delay_us);
	else if (words_take_if(words, "store-delay"))
		is_fine = take_time(play, &stage->store_delay_us);
	else if (words_take_if(words, "write"))
		is_fine = take_writes(play, &stage->writes);
	else if (words_take_if(words, "lower-case"))
		is_fine = stage->is_lower_casing = words_take_if(words, "on");
	else if (words_take_if(words, "client-directory"))
		is_fine = take_directory(play, stage->client_directory, sizeof stage->client_directory);
	if (!is_fine)
		play_fail(play, "no such setting, or not this value: README.md lists them");
}

#include "uvtftpd/config_value.h"

#include <stdio.h>
#include <string.h>

#include "uvtftpd/config_address.h"

/* Digits and nothing else, without sign and space. */
static bool parse_digits(const char *text, size_t len, unsigned base, uint64_t *number)
{
	uint64_t value = 0;
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] >= (char)('0' + base))
			return false;
		uint64_t digit = (uint64_t)(text[i] - '0');
		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*number = value;
	return true;
}

static bool parse_size(const char *text, uint64_t *number)
{
	static const char suffixes[] = "KkMmGg";
	size_t len = strlen(text);
	const char *at = len > 0 ? strchr(suffixes, text[len - 1]) : NULL;
	unsigned shift = at != NULL ? 10 * (1 + (unsigned)(at - suffixes) / 2) : 0;
	if (!parse_digits(text, at != NULL ? len - 1 : len, 10, number) || *number > UINT64_MAX >> shift)
		return false;
	*number <<= shift;
	return true;
}

static bool parse_ports(const char *text, struct config_value *value)
{
	const char *dash = strchr(text, '-');
	return dash != NULL && parse_digits(text, (size_t)(dash - text), 10, &value->number) &&
	       parse_digits(dash + 1, strlen(dash + 1), 10, &value->second) && value->number > 0 &&
	       value->number <= value->second && value->second <= 65535;
}

static bool parse_word(const char *const *words, const char *text, uint64_t *number)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		*number = i;
		return true;
	}
	return false;
}

static bool parse_switch(const char *text, uint64_t *number)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", NULL};
	bool is_word = parse_word(words, text, number);
	*number &= 1;
	return is_word;
}

static bool parse_kind(const struct config_key *key, const char *text, struct config_value *value)
{
	switch (key->kind) {
	case CONFIG_SWITCH:
		return parse_switch(text, &value->number);
	case CONFIG_NUMBER:
	case CONFIG_SECONDS:
		return parse_digits(text, strlen(text), 10, &value->number) &&
		       value->number >= key->min && value->number <= key->max;
	case CONFIG_OCTAL:
		return parse_digits(text, strlen(text), 8, &value->number) &&
		       value->number >= key->min && value->number <= key->max;
	case CONFIG_SIZE:
		return parse_size(text, &value->number) && value->number >= key->min &&
		       value->number <= key->max;
	case CONFIG_CHOICE:
		return parse_word(key->choices, text, &value->number);
	case CONFIG_PORTS:
		return parse_ports(text, value);
	case CONFIG_OWNER:
		return config_find_owner(text, &value->number, &value->second);
	case CONFIG_ADDRESS:
		return config_is_address(text);
	case CONFIG_NETWORK:
		return config_is_network(text);
	case CONFIG_TEXT:
	case CONFIG_PATH:
		break;
	}
	return text[0] != '\0';
}

static void format_size(uint64_t bytes, char *text, size_t room)
{
	static const char suffixes[] = {'\0', 'K', 'M', 'G', '\0'};
	unsigned power = 0;
	while (bytes != 0 && bytes % 1024 == 0 && power < 3) {
		bytes /= 1024;
		power++;
	}
	snprintf(text, room, "%llu%.1s", (unsigned long long)bytes, &suffixes[power]);
}

/* "no, create or version" */
static void list_choices(const char *const *choices, char *text, size_t room)
{
	size_t len = 0;
	text[0] = '\0';
	for (size_t i = 0; choices[i] != NULL && len < room; i++) {
		const char *before = i == 0 ? "" : choices[i + 1] != NULL ? ", " : " or ";
		int n = snprintf(text + len, room - len, "%s%s", before, choices[i]);
		len += n > 0 ? (size_t)n : 0;
	}
}

void config_describe(const struct config_key *key, char *text, size_t room)
{
	static const char *const kinds[] = {
	    [CONFIG_SWITCH] = "true or false",
	    [CONFIG_TEXT] = "a text that is not empty",
	    [CONFIG_PATH] = "the path of a directory",
	    [CONFIG_PORTS] = "two ports as LOW-HIGH, from 1 to 65535, the lower one first",
	    [CONFIG_OWNER] = "USER or USER:GROUP that this system knows, by name or number",
	    [CONFIG_ADDRESS] = "ADDR:PORT, [V6ADDR]:PORT or :PORT",
	    [CONFIG_NETWORK] = "ADDRESS or ADDRESS/BITS, IPv4 or IPv6",
	};
	char min[24], max[24];
	switch (key->kind) {
	case CONFIG_NUMBER:
	case CONFIG_SECONDS:
		snprintf(text, room, "a number from %llu to %llu", (unsigned long long)key->min,
			 (unsigned long long)key->max);
		break;
	case CONFIG_OCTAL:
		snprintf(text, room, "an octal number from %llo to %llo", (unsigned long long)key->min,
			 (unsigned long long)key->max);
		break;
	case CONFIG_SIZE:
		format_size(key->min, min, sizeof min);
		format_size(key->max, max, sizeof max);
		snprintf(text, room, "a number from %s to %s, with K, M or G", min, max);
		break;
	case CONFIG_CHOICE:
		list_choices(key->choices, text, room);
		break;
	default:
		snprintf(text, room, "%s", kinds[key->kind]);
	}
}

bool config_parse(const struct config_key *key, const char *text, struct config_value *value,
		  char why[CONFIG_WHY_MAX])
{
	char allowed[200];
	if (parse_kind(key, text, value))
		return true;
	config_describe(key, allowed, sizeof allowed);
	snprintf(why, CONFIG_WHY_MAX, "'%.150s' is not allowed; %s is", text, allowed);
	return false;
}

void config_normalise(const struct config_key *key, const char *text, char *normal, size_t room)
{
	struct config_value value = {0};
	bool is_valid = parse_kind(key, text, &value);
	if (is_valid && key->kind == CONFIG_SWITCH)
		snprintf(normal, room, "%s", value.number != 0 ? "true" : "false");
	else if (is_valid && (key->kind == CONFIG_NUMBER || key->kind == CONFIG_SECONDS))
		snprintf(normal, room, "%llu", (unsigned long long)value.number);
	else if (is_valid && key->kind == CONFIG_OCTAL)
		snprintf(normal, room, "%04llo", (unsigned long long)value.number);
	else if (is_valid && key->kind == CONFIG_SIZE)
		format_size(value.number, normal, room);
	else
		snprintf(normal, room, "%s", text);
}

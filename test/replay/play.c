#include "replay/play.h"

#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

void play_fail(struct play *play, const char *format, ...)
{
	if (play->fault[0] != '\0')
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(play->fault, sizeof play->fault, format, args);
	va_end(args);
}

bool play_is_quiet(struct play *play, const struct peer *peer)
{
	struct stage *stage = play->stage;
	for (size_t i = 0; i < stage->peer_count; i++) {
		struct peer *other = &stage->peers[i];
		if (peer != NULL && peer != other)
			continue;
		while (stage_forgives(stage, other))
			continue;
		const struct letter *letter = stage_letter(other);
		if (letter == NULL)
			continue;
		phrase_format(letter->bytes, letter->len, play->came, sizeof play->came);
		play_fail(play, "uvtftp sent a packet that no line expects (after line %u)",
			  play->heard_line);
		return false;
	}
	return true;
}

/* file "name" SIZE */
static void put_file(struct play *play)
{
	struct stage_file *file = stage_file(play->stage, words_take(&play->words));
	if (file == NULL)
		return;
	if (file->name[0] == '/')
		play_fail(play, "files lie beneath the root: without a leading slash");
	file->is_there = true;
	if (!words_take_number(&play->words, &file->size_bytes))
		play_fail(play, "a file is written: file \"name\" bytes");
	else if (play->stage->server != NULL)
		play->stage->server->put_file(play->stage, file);
}

/* get|put "name" octet name=value ... */
static void ask(struct play *play)
{
	struct words words = play->words; /* with RRQ or WRQ in place of the verb */
	struct phrase phrase;
	struct packet packet;
	words.next--;
	words.word[words.next] = text_of(strcmp(play->verb, "get") == 0 ? "RRQ" : "WRQ");
	const char *why = phrase_read(&phrase, &words);
	play->words.next = play->words.count;
	if (why == NULL && packet_parse(&packet, phrase.head, phrase.head_len) != PACKET_FINE)
		why = "this is no request";
	if (why != NULL)
		play_fail(play, "%s", why);
	else
		stage_ask(play->stage, play->peer, &packet);
}

/* deaf TIME [max PACKETS] */
static void be_deaf(struct play *play)
{
	uint64_t time_us, max = UINT64_MAX, count = 0;
	struct text rest;
	struct stage *stage = play->stage;
	if (!words_read_time(words_take(&play->words), &time_us, &rest) || rest.len > 0 ||
	    (words_take_if(&play->words, "max") && !words_take_number(&play->words, &max))) {
		play_fail(play, "it is written: deaf 34s, or deaf 34s max 20 (packets)");
		return;
	}
	uint64_t until_us = stage->now_us + time_us;
	do {
		stage_run(stage, until_us, NULL);
		for (size_t i = 0; i < stage->peer_count; i++)
			for (; stage_letter(&stage->peers[i]) != NULL; count++)
				stage_drop_letter(&stage->peers[i]);
	} while (stage->now_us < until_us && stage->why[0] == '\0');
	if (count > max)
		play_fail(play, "uvtftp sent %llu packets into the silence", (unsigned long long)count);
}

/* outcome NAME */
static void check_outcome(struct play *play)
{
	static const char *const names[] = {"running", "done",    "probe", "aborted",
					    "refused", "timeout", "failed"};
	struct text wanted = words_take(&play->words);
	const char *is = names[play->peer->outcome];
	if (play->stage->server == NULL && !text_equals(wanted, text_of(is)))
		play_fail(play, "the transfer's outcome is \"%s\"", is);
}

/* stored "name" BYTES, or: not stored "name" */
static void check_stored(struct play *play)
{
	bool is_not = strcmp(play->verb, "not") == 0;
	uint64_t size = 0;
	if (is_not && !words_take_if(&play->words, "stored")) {
		play_fail(play, "it is written: not stored \"name\"");
		return;
	}
	struct stage_file *file = stage_file(play->stage, words_take(&play->words));
	if (file == NULL)
		return;
	if (play->stage->server != NULL)
		play->words.next = play->words.count;
	else if (!is_not && !words_take_number(&play->words, &size))
		play_fail(play, "it is written: stored \"name\" bytes");
	else if (is_not == file->is_there)
		play_fail(play, "\"%s\" is %sthere", file->name, is_not ? "" : "not ");
	else if (!is_not && file->size_bytes != size)
		play_fail(play, "\"%s\" has %llu bytes", file->name,
			  (unsigned long long)file->size_bytes);
}

static const struct verb {
	const char *name;
	void (*play)(struct play *play);
	bool may_wait;   /* packets that nobody looked at yet are no fault here */
	bool needs_core; /* a server in place of it cannot be told so */
} verbs[] = {
    {">", play_hear, true, false},
    {"<", play_expect, true, false},
    {"file", put_file, true, false},
    {"set", play_set, true, true},
    {"get", ask, false, true},
    {"put", ask, false, true},
    {"deaf", be_deaf, true, true},
    {"skip", play_skip, true, true},
    {"outcome", check_outcome, false, false},
    {"not", check_stored, false, false},
    {"stored", check_stored, false, false},
};

static const struct verb *find_verb(struct text word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (text_equals(word, text_of(verbs[i].name)))
			return &verbs[i];
	return NULL;
}

/* "+250ms", "+1s..2s", "+..500ms" */
static bool read_moment(struct play *play)
{
	struct text word = words_peek(&play->words);
	play->early_us = play->late_us = play->stage->now_us;
	if (word.len == 0 || word.at[0] != '+')
		return true;
	words_take(&play->words);
	uint64_t early_us = 0, late_us;
	word = (struct text){word.at + 1, word.len - 1};
	bool has_early = words_read_time(word, &early_us, &word);
	late_us = early_us;
	bool has_range = word.len > 2 && word.at[0] == '.' && word.at[1] == '.';
	if (has_range)
		word = (struct text){word.at + 2, word.len - 2};
	if ((has_range && !words_read_time(word, &late_us, &word)) || (!has_range && !has_early) ||
	    word.len > 0 || late_us < early_us) {
		play_fail(play, "a time is written +250ms, +1s..2s or +..500ms");
		return false;
	}
	play->early_us += early_us;
	play->late_us += late_us;
	return true;
}

/* [CLIENT] VERB; NULL: the line ends here, or says neither. */
static const struct verb *read_verb(struct play *play)
{
	struct text name = text_of(PLAY_PEER);
	if (!words_are_left(&play->words))
		return NULL;
	const struct verb *verb = find_verb(words_peek(&play->words));
	if (verb == NULL) {
		name = words_take(&play->words);
		verb = find_verb(words_peek(&play->words));
	}
	play->peer = stage_peer(play->stage, name);
	words_take(&play->words);
	if (verb != NULL && play->peer != NULL)
		return verb;
	play_fail(play, verb == NULL ? "no line begins like this" : "too many clients");
	return NULL;
}

/* The line's time comes, and nothing else before it. */
static bool wait_moment(struct play *play, const struct verb *verb)
{
	struct stage *stage = play->stage;
	if (play->early_us == stage->now_us)
		return true;
	if (!play_is_quiet(play, NULL))
		return false;
	/* What comes at that very moment may be what the line expects. */
	bool is_expecting = verb != NULL && verb->play == play_expect;
	stage_run(stage, play->early_us - is_expecting, NULL);
	if (!play_is_quiet(play, NULL))
		return false;
	stage->now_us = play->early_us;
	return true;
}

static void play_line(struct play *play, const char *text)
{
	const char *why = words_cut(&play->words, text);
	if (why != NULL)
		play_fail(play, "%s", why);
	if (why != NULL || !words_are_left(&play->words) || !read_moment(play))
		return;
	const struct verb *verb = read_verb(play);
	if (play->fault[0] != '\0' || !wait_moment(play, verb) || verb == NULL)
		return;
	play->verb = verb->name;
	if (verb->may_wait || play_is_quiet(play, NULL))
		verb->play(play);
	if (verb->play != play_expect)
		play->heard_line = play->line;
	if (words_are_left(&play->words))
		play_fail(play, "the line should end earlier");
}

static void report(const struct play *play, const char *text)
{
	const struct stage *stage = play->stage;
	printf("%s:%u: %s\n", play->path, play->line, play->fault);
	if (text != NULL)
		printf("    line      %s\n", text);
	if (play->due[0] != '\0')
		printf("    expected  %s\n", play->due);
	if (play->came[0] != '\0')
		printf("    came      %s\n", play->came);
	printf("    the conversation so far:\n");
	size_t first =
	    stage->record_count > STAGE_RECORD_MAX ? stage->record_count - STAGE_RECORD_MAX : 0;
	for (size_t i = first; i < stage->record_count; i++)
		stage_print_packet(&stage->record[i % STAGE_RECORD_MAX]);
	fflush(stdout); /* a test may end here without doing so */
}

static enum play_result play_lines(struct play *play, FILE *in)
{
	char line[LINE_MAX_BYTES];
	while (fgets(line, sizeof line, in) != NULL) {
		size_t len = strcspn(line, "\n");
		bool is_whole = line[len] == '\n' || feof(in);
		line[len] = '\0';
		play->line++;
		if (play->stage->is_loud)
			printf("%s\n", line);
		if (!is_whole)
			play_fail(play, "the line is too long");
		else
			play_line(play, line);
		if (play->stage->why[0] != '\0')
			play_fail(play, "%s", play->stage->why);
		if (play->fault[0] != '\0') {
			report(play, line);
			return PLAY_FAILED;
		}
	}
	if (play->stage->record_count == 0)
		play_fail(play, "nobody says anything");
	else if (play_is_quiet(play, NULL))
		return PLAY_FINE;
	report(play, NULL);
	return PLAY_FAILED;
}

/* A line that expects a packet so much later is for virtual time. */
#define REAL_WAIT_US 500000u

/* Whether a line is for the core only. */
static bool is_for_core(struct play *play)
{
	struct words *words = &play->words;
	uint64_t size = 0, wait_us = 0;
	struct text first = words_peek(words), rest;
	if (first.len > 1 && first.at[0] == '+')
		words_read_time((struct text){first.at + 1, first.len - 1}, &wait_us, &rest);
	for (unsigned i = 0; i < 3 && words_are_left(words); i++) {
		const struct verb *verb = find_verb(words_take(words));
		if (verb == NULL)
			continue;
		if (verb->play == put_file && words_take(words).len > 0)
			words_take_number(words, &size);
		return verb->needs_core || size > play->stage->server->file_bytes_max ||
		       (verb->play == play_expect && wait_us > REAL_WAIT_US);
	}
	return false;
}

static bool needs_core(struct play *play, FILE *in)
{
	char line[LINE_MAX_BYTES];
	bool needs = false;
	while (!needs && fgets(line, sizeof line, in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		needs = words_cut(&play->words, line) == NULL && is_for_core(play);
	}
	rewind(in);
	return needs;
}

enum play_result play_file(const char *path, struct play_server server, bool is_loud)
{
	FILE *in = fopen(path, "r");
	struct play play = {.path = path, .stage = stage_new()};
	enum play_result result = PLAY_FAILED;
	if (in != NULL && play.stage != NULL) {
		play.stage->is_loud = is_loud;
		play.stage->server = server.server;
		play.stage->server_context = server.context;
		result = server.server != NULL && needs_core(&play, in) ? PLAY_NOT_HERE
									: play_lines(&play, in);
	} else {
		fprintf(stderr, "%s: cannot be read\n", path);
	}
	stage_free(play.stage);
	if (in != NULL)
		fclose(in);
	return result;
}

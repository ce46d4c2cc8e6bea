#include "store/opening.h"

static void deliver(struct letter *letter)
{
	struct opening *opening = LIST_OWNER(letter, struct opening, letter);
	opening->source = NULL;
	opening->done(opening);
}

void opening_begin(struct opening *opening, struct source *source)
{
	list_init(&opening->letter.link);
	opening->letter.deliver = deliver;
	opening->content = NULL;
	opening->error = 0;
	opening->why = NULL;
	opening->source = source;
	list_init(&opening->link);
	opening->shared = NULL;
}

void opening_answer(struct opening *opening, const struct answer *answer)
{
	opening->content = answer->content;
	opening->error = answer->error;
	opening->why = answer->why;
	mailbox_post(opening->mailbox, &opening->letter);
}

void opening_take_back(struct opening *opening)
{
	mailbox_retract(opening->mailbox, &opening->letter);
	content_drop(opening->content);
	opening->content = NULL;
	opening->source = NULL;
}

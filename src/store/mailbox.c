#include "store/mailbox.h"

static void deliver(uv_async_t *async)
{
	struct mailbox *mailbox = LIST_OWNER(async, struct mailbox, async);

	uv_mutex_lock(&mailbox->mutex);
	list_splice(&mailbox->taken, &mailbox->letters);
	uv_mutex_unlock(&mailbox->mutex);

	struct list *first;
	while ((first = list_take_first(&mailbox->taken)) != NULL) {
		struct letter *letter = LIST_OWNER(first, struct letter, link);
		letter->deliver(letter);
	}
}

int mailbox_open(struct mailbox *mailbox, uv_loop_t *loop)
{
	list_init(&mailbox->letters);
	list_init(&mailbox->taken);
	mailbox->closed = NULL;

	int rc = uv_mutex_init(&mailbox->mutex);
	if (rc != 0)
		return rc;
	rc = uv_async_init(loop, &mailbox->async, deliver);
	if (rc != 0)
		uv_mutex_destroy(&mailbox->mutex);
	return rc;
}

static void finish_close(uv_handle_t *handle)
{
	struct mailbox *mailbox = LIST_OWNER(handle, struct mailbox, async);
	uv_mutex_destroy(&mailbox->mutex);
	if (mailbox->closed != NULL)
		mailbox->closed(handle);
}

void mailbox_close(struct mailbox *mailbox, uv_close_cb closed)
{
	mailbox->closed = closed;
	uv_mutex_lock(&mailbox->mutex);
	list_splice(&mailbox->taken, &mailbox->letters);
	uv_mutex_unlock(&mailbox->mutex);
	while (list_take_first(&mailbox->taken) != NULL)
		;
	uv_close((uv_handle_t *)&mailbox->async, finish_close);
}

void mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
	uv_mutex_lock(&mailbox->mutex);
	bool was_empty = list_is_empty(&mailbox->letters);
	list_append(&mailbox->letters, &letter->link);
	/* Under the lock: once the letter can be delivered, whoever gets it may close the mailbox. */
	if (was_empty)
		uv_async_send(&mailbox->async);
	uv_mutex_unlock(&mailbox->mutex);
}

void mailbox_retract(struct mailbox *mailbox, struct letter *letter)
{
	uv_mutex_lock(&mailbox->mutex);
	list_remove(&letter->link);
	uv_mutex_unlock(&mailbox->mutex);
}

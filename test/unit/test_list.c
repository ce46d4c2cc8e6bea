#include "unit/suite.h"

#include "base/list.h"

struct entry {
	int id;
	struct list link;
};

static void fill(struct list *list, struct entry *entries, int first, int count)
{
	list_init(list);
	for (int i = 0; i < count; i++) {
		entries[i].id = first + i;
		list_append(list, &entries[i].link);
	}
}

/* The ids from front to back as decimal digits, checked against the ids from back to front. */
static int digits(struct list *list)
{
	int forth = 0;
	for (struct list *at = list->next; at != list; at = at->next)
		forth = forth * 10 + LIST_OWNER(at, struct entry, link)->id;
	int back = 0;
	int unit = 1;
	for (struct list *at = list->prev; at != list; at = at->prev, unit *= 10)
		back += LIST_OWNER(at, struct entry, link)->id * unit;
	ck_assert_int_eq(forth, back);
	return forth;
}

START_TEST(is_empty_until_something_is_appended)
{
	struct list list;
	struct entry entry;
	list_init(&list);
	ck_assert(list_is_empty(&list));
	ck_assert_ptr_null(list_take_first(&list));
	fill(&list, &entry, 1, 1);
	ck_assert(!list_is_empty(&list));
}
END_TEST

START_TEST(keeps_the_order_of_appending)
{
	struct list list;
	struct entry entries[4];
	fill(&list, entries, 1, 4);
	ck_assert_int_eq(digits(&list), 1234);
}
END_TEST

START_TEST(removes_from_front_middle_and_end)
{
	struct list list;
	struct entry entries[5];
	fill(&list, entries, 1, 5);
	list_remove(&entries[2].link);
	ck_assert_int_eq(digits(&list), 1245);
	list_remove(&entries[0].link);
	ck_assert_int_eq(digits(&list), 245);
	list_remove(&entries[4].link);
	ck_assert_int_eq(digits(&list), 24);
	list_append(&list, &entries[0].link);
	ck_assert_int_eq(digits(&list), 241);
}
END_TEST

START_TEST(removing_twice_is_harmless)
{
	struct list list;
	struct entry entries[3];
	fill(&list, entries, 1, 3);
	list_remove(&entries[1].link);
	ck_assert(list_is_empty(&entries[1].link));
	list_remove(&entries[1].link);
	ck_assert_int_eq(digits(&list), 13);
}
END_TEST

START_TEST(takes_from_the_front_until_empty)
{
	struct list list;
	struct entry entries[3];
	fill(&list, entries, 1, 3);
	for (int i = 0; i < 3; i++) {
		struct list *first = list_take_first(&list);
		ck_assert_ptr_eq(first, &entries[i].link);
		ck_assert(list_is_empty(first));
	}
	ck_assert(list_is_empty(&list));
	ck_assert_ptr_null(list_take_first(&list));
}
END_TEST

START_TEST(splices_all_behind_what_is_there)
{
	struct list to;
	struct list from;
	struct entry there[2];
	struct entry moved[3];
	fill(&to, there, 1, 2);
	fill(&from, moved, 3, 3);
	list_splice(&to, &from);
	ck_assert_int_eq(digits(&to), 12345);
	ck_assert(list_is_empty(&from));
	list_splice(&to, &from);
	ck_assert_int_eq(digits(&to), 12345);
	list_splice(&from, &to);
	ck_assert_int_eq(digits(&from), 12345);
	ck_assert(list_is_empty(&to));
	list_remove(&there[0].link);
	list_remove(&moved[2].link);
	ck_assert_int_eq(digits(&from), 234);
}
END_TEST

SUITE("list", is_empty_until_something_is_appended, keeps_the_order_of_appending,
      removes_from_front_middle_and_end, removing_twice_is_harmless, takes_from_the_front_until_empty,
      splices_all_behind_what_is_there)

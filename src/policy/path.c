#include "policy/path.h"

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static bool has_control(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char byte = (unsigned char)name.at[i];
		if (byte < 0x20 || byte == 0x7f)
			return true;
	}
	return false;
}

/* Moves the next component from the start of `rest` to `component`; false when there is none. */
static bool take_component(struct text *rest, struct text *component)
{
	size_t start = 0;
	while (start < rest->len && is_slash(rest->at[start]))
		start++;
	if (start == rest->len)
		return false;
	size_t end = start;
	while (end < rest->len && !is_slash(rest->at[end]))
		end++;
	*component = (struct text){rest->at + start, end - start};
	*rest = (struct text){rest->at + end, rest->len - end};
	return true;
}

static bool has_parent(struct text name)
{
	struct text component;
	while (take_component(&name, &component)) {
		if (text_equals(component, text_of("..")))
			return true;
	}
	return false;
}

static void append(struct bytes_out *out, struct text component)
{
	if (bytes_out_len(out) > 0)
		bytes_out_bytes(out, "/", 1);
	bytes_out_bytes(out, component.at, component.len);
}

/* `name` has no ".." component. */
static enum path_verdict join(struct text name, struct bytes_out *out)
{
	bool ends_in_dot = false;
	struct text rest = name;
	struct text component;
	while (take_component(&rest, &component)) {
		if (component.len > PATH_COMPONENT_MAX)
			return PATH_TOO_LONG;
		ends_in_dot = text_equals(component, text_of("."));
		if (!ends_in_dot)
			append(out, component);
	}
	if (out->has_failed)
		return PATH_TOO_LONG;
	if (bytes_out_len(out) == 0)
		return PATH_EMPTY;
	bytes_out_bytes(out, "", 1);
	if (out->has_failed)
		return PATH_TOO_LONG;
	return ends_in_dot || is_slash(name.at[name.len - 1]) ? PATH_DIRECTORY : PATH_OK;
}

enum path_verdict path_normalise(struct text name, char path[PATH_BYTES_MAX])
{
	struct bytes_out out;
	bytes_out_init(&out, path, PATH_BYTES_MAX);
	enum path_verdict verdict = PATH_OK;
	if (has_control(name))
		verdict = PATH_CONTROL;
	else if (has_parent(name))
		verdict = PATH_PARENT;
	else
		verdict = join(name, &out);
	if (verdict != PATH_OK)
		path[0] = '\0';
	return verdict;
}

const char *path_verdict_text(enum path_verdict verdict)
{
	switch (verdict) {
	case PATH_OK:
		return "file name is fine";
	case PATH_EMPTY:
		return "file name is empty";
	case PATH_CONTROL:
		return "file name holds a control character";
	case PATH_PARENT:
		return "file name leads out of the served directory (\"..\")";
	case PATH_TOO_LONG:
		return "file name is too long";
	case PATH_DIRECTORY:
		return "file name is a directory (it ends with a slash)";
	}
	return "file name is not acceptable";
}

/* The lab: a fixed list of cases, printed as a Markdown table of virtual time and traffic, each with its goal. */
#ifndef UVTFTP_SIM_LAB_H
#define UVTFTP_SIM_LAB_H

#include <stdbool.h>
#include <stdint.h>

struct lab_choice {
	uint64_t row;  /* this one alone; 0: all */
	uint64_t seed; /* this one alone; 0: all */
	bool has_trace;
};

/* Prints the table. Returns how many cases miss a goal and are not held to what was reached. */
int lab_print(const struct lab_choice *choice);

#endif

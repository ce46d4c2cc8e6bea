/* The lab: a fixed list of cases, printed as a Markdown table of virtual time and traffic, each with its goal. */
#ifndef UVTFTP_SIM_LAB_H
#define UVTFTP_SIM_LAB_H

#include <stdbool.h>

/* Prints the table. Returns how many goals were missed. */
int lab_print(void);

#endif

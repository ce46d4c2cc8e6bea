/* The blind spoofer: asks with a victim's address and, seeing no answer, acknowledges what he guesses was
 * sent. Block numbers are known, times can be guessed; the port is not, except in single-port mode. */
#ifndef UVTFTP_SIM_SPOOFER_H
#define UVTFTP_SIM_SPOOFER_H

/* Prints what the victim gets for each byte the spoofer sends, as a Markdown table. */
void spoofer_print(void);

#endif

/* All workers of a storm: their start, the progress line, the signals, the end. */
#ifndef UVTFTP_UVTFTP_STORM_CROWD_H
#define UVTFTP_UVTFTP_STORM_CROWD_H

#include "uvtftp/storm_plan.h"
#include "uvtftp/storm_report.h"

/* 0, or a negative errno: there was no storm. *signal_number: what ended it early, or 0. */
int storm_crowd_run(const struct storm_plan *plan, struct storm_result *result, int *signal_number);

#endif

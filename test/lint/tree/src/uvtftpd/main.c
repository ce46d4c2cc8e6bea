#include "proto/packet.h" /* planted */
#include "base/thing.h"
#include "uvtftp.h"

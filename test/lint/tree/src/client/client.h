#include "policy/path.h" /* planted */
#include "proto/packet.h"

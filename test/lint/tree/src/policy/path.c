#include <regex.h> /* planted */
#include "proto/packet.h" /* planted */

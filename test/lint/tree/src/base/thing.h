#include "uvtftp.h"
#include <stdint.h>
#include <uv.h> /* planted */
#include "proto/packet.h" /* planted */

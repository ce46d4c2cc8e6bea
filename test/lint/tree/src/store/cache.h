#include <uv.h>
#include "net/ring.h" /* planted */
#include "missing.h" /* planted */

#include "net/ring.h" /* planted */

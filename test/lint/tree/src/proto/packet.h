#include "base/thing.h" /* planted */
#include <sys/socket.h> /* planted */

#include "client/client.h" /* planted */
#include "store/cache.h"

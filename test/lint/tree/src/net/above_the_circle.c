#include "net/ring.h"

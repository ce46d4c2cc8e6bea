#include "net/circle.h" /* planted */

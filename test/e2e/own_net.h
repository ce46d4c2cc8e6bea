/* A network of the test's own, where addresses may come and go and port 69 is free. */
#ifndef UVTFTP_TEST_E2E_OWN_NET_H
#define UVTFTP_TEST_E2E_OWN_NET_H

#include <stdbool.h>

/* From here on this process and its children are in it; it has a loopback. False: not possible here, though users
 * of its own may be left. Who is not root stays who he is, or becomes root of this network and nothing else. */
bool own_net_enter(void);
bool own_net_enter_as_root(void);
/* Gives the loopback another IPv4 address. */
bool own_net_add(const char *host);
/* The largest packet that the loopback carries. */
bool own_net_set_mtu(int mtu);

#endif

/* planted: no such floor */

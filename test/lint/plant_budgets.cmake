# Files and functions exactly at the limit, and one line above it. TREE: where.
string(REPEAT "int x;\n" 150 header)
string(REPEAT "int x;\n" 400 source)
string(REPEAT "\tx++;\n" 57 body)
file(REMOVE_RECURSE ${TREE})
file(WRITE ${TREE}/src/base/fits.h "${header}")
file(WRITE ${TREE}/src/base/long.h "${header}int y; /* planted */\n")
file(WRITE ${TREE}/src/base/fits.c "${source}")
file(WRITE ${TREE}/src/base/long.c "${source}int y; /* planted */\n")
file(WRITE ${TREE}/test/functions.c
  "int fits(int x)\n{\n${body}}\n\n/* why */\nint too_long(int x, /* planted */\n\t     int y)\n{\n${body}\tx++;\n}\n"
  "int split(int x, /* planted */\n\t  int y)\n{\n${body}}\n"
  "struct data data[] = {\n${body}${body}};\n")

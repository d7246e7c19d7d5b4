/* The header must stand alone as C11. Compiling this file is the test. */
#include "narthex.h"

int main(void) { return 0; }

/* Nothing: this library is there for what it is linked with. */
typedef int narthex_torch;

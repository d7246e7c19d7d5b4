package io.github.narthex;

/**
 * A call that is likely to be refused.
 *
 * @param name what is called
 */
record BadCall(String name, Code code) {
  /** Makes the call, and throws what it throws. */
  interface Code {
    void run() throws Throwable;
  }
}

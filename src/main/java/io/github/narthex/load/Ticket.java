package io.github.narthex.load;

/** A request in the hands of a server, which has one ticket and uses it again for each. */
final class Ticket {
  private long index;
  private long due;

  void fill(long newIndex, long newDue) {
    index = newIndex;
    due = newDue;
  }

  /** Which request it is, from 0. */
  long index() {
    return index;
  }

  /** When it is, or was, to be served. */
  long due() {
    return due;
  }
}

package io.github.narthex.check;

import java.util.List;

/**
 * Items that belong together.
 *
 * @param title a word
 */
public record Group(String title, List<Item> items) {
  /** The list is copied. */
  public Group {
    items = List.copyOf(items);
  }
}

package io.github.narthex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Says that from here to there no native object may remain: a piece of work that closes its arenas.
 *
 * <pre>{@code
 * try (LeakWatch _ = LeakWatch.begin()) {
 *   work();
 * } // IllegalStateException: native objects remain: 2 tensors …
 * }</pre>
 *
 * <p>The counts are those of the whole process, so nothing else may use the library meanwhile. Only
 * more objects of a kind than before are told; work that closes an arena of its caller hides as
 * many. With {@code -Dnarthex.leaks=sites} the report says where what remains was made.
 *
 * <p>Any thread may use it, one at a time. It holds nothing: one that is not closed is no leak.
 */
public final class LeakWatch implements AutoCloseable {
  /** For automatic arenas, which end when the collector has found them. */
  private static final int COLLECTIONS = 20;

  private static final long PAUSE_MS = 25;

  private final LiveHandles before;
  private final Map<HandleSite, Long> sitesBefore;

  private LeakWatch() {
    this.before = LiveHandles.now();
    this.sitesBefore = new HashMap<>();
    for (HandleSite site : sites()) {
      sitesBefore.put(site.withCount(1), site.count());
    }
  }

  /**
   * Begins here.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static LeakWatch begin() {
    return new LeakWatch();
  }

  /** What was alive when it began. */
  public LiveHandles before() {
    return before;
  }

  /**
   * What remains now of what was made since it began. Where something does, garbage is collected
   * first, for half a second at most, since objects of {@link java.lang.foreign.Arena#ofAuto}
   * arenas end with that.
   */
  public LeakReport report() {
    for (int i = 0; i < COLLECTIONS && !remaining().isEmpty(); i++) {
      System.gc();
      try {
        Thread.sleep(PAUSE_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    SequencedMap<String, Long> remaining = remaining();
    return new LeakReport(remaining, remaining.isEmpty() ? List.of() : newSites());
  }

  private SequencedMap<String, Long> remaining() {
    SequencedMap<String, Long> remaining = new LinkedHashMap<>();
    Map<String, Long> earlier = before.byKind();
    LiveHandles.now()
        .byKind()
        .forEach(
            (kind, count) -> {
              long more = count - earlier.getOrDefault(kind, 0L);
              if (more > 0) {
                remaining.put(kind, more);
              }
            });
    return remaining;
  }

  private List<HandleSite> newSites() {
    List<HandleSite> more = new ArrayList<>();
    for (HandleSite site : sites()) {
      long count = site.count() - sitesBefore.getOrDefault(site.withCount(1), 0L);
      if (count > 0) {
        more.add(site.withCount(count));
      }
    }
    return more;
  }

  private static List<HandleSite> sites() {
    return LiveHandles.knowsSites() ? LiveHandles.sites() : List.of();
  }

  /**
   * Ends here.
   *
   * @throws IllegalStateException if something remains; the message is the {@link #report}
   */
  @Override
  public void close() {
    LeakReport report = report();
    if (!report.isEmpty()) {
      throw new IllegalStateException(report.toString());
    }
  }
}

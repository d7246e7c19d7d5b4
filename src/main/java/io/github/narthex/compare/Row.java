package io.github.narthex.compare;

import io.github.narthex.bench.Status;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A recipe of a result.
 *
 * @param key what it is paired by
 * @param status as bench has it, for example {@code ok}
 * @param reason why it is not {@code ok}
 * @param samples how many forwards were timed
 * @param values without those that are not known
 * @param turns in their order; empty where they are not known
 * @param drift by what fraction its median rose or fell during the run beyond chance; 0 if it did
 *     not
 */
public record Row(
    Key key,
    String status,
    @Nullable String reason,
    long samples,
    Map<Metric, Double> values,
    List<TurnFigures> turns,
    double drift) {
  /**
   * What two rows must have in common.
   *
   * @param load what requests came, where that was measured; else empty
   * @param threads inside an operator
   * @param instances calls side by side
   */
  public record Key(
      String recipe, String load, long batch, long threads, long instances, String device) {
    /** For people, with all that may differ. */
    public String full() {
      return "%s, batch %d, %s".formatted(name(), batch, threadsText());
    }

    /** For people, where rows have batch and threads in common. */
    String name() {
      return load.isEmpty() ? recipe : recipe + ", " + load;
    }

    /** For example {@code 2 threads} or {@code 1x4 threads}. */
    String threadsText() {
      return (instances == 1 ? Long.toString(threads) : threads + "x" + instances)
          + (threads * instances == 1 ? " thread" : " threads");
    }
  }

  /** The collections are copied. */
  public Row {
    values = Map.copyOf(values);
    turns = List.copyOf(turns);
  }

  /** Whether latencies were measured. */
  public boolean isMeasured() {
    return values.containsKey(Metric.P50);
  }

  /** Whether its answers hold. */
  public boolean isOk() {
    return status.equals(Status.OK.toString());
  }

  /** What became of it, in a line. */
  public String outcome() {
    return reason == null ? status : status + ": " + reason;
  }
}

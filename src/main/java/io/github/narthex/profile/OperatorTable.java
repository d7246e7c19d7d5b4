package io.github.narthex.profile;

import io.github.narthex.internal.torch.ProfiledOperators;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A profile's operators, summed up.
 *
 * @param rows with the most time of its own first
 * @param wallNanos how long the profile recorded
 */
public record OperatorTable(List<Row> rows, long wallNanos) {
  /** The list is copied. */
  public OperatorTable {
    rows = List.copyOf(rows);
  }

  /** What makes one row. */
  public enum Grouping {
    /** An operator. */
    OPERATOR,
    /** An operator with inputs of the same sizes; all one, if they were not recorded. */
    SHAPE,
    /** A part of the model, with all operators that stand in it. */
    MODULE,
    /** A range, with all operators in it that are in no inner one. */
    RANGE,
    /**
     * A kernel or a kind of copy of the devices, in place of operators: all its times are those on
     * the device. None, if they were not recorded.
     */
    KERNEL;

    /** What rows are called that have no part of a model, or no range. */
    static final String NONE = "(none)";

    private @Nullable String key(CallTree.Node node) {
      return switch (this) {
        case OPERATOR -> node.isRange() ? null : node.name();
        case SHAPE ->
            node.isRange()
                ? null
                : node.event().shapes() == null
                    ? node.name()
                    : node.name() + " " + node.event().shapes();
        case MODULE ->
            node.isRange() ? null : node.event().module() == null ? NONE : node.event().module();
        case RANGE -> range(node);
        case KERNEL -> null;
      };
    }

    private static String range(CallTree.Node node) {
      List<String> names = new ArrayList<>();
      for (CallTree.Node at = node; at != null; at = at.parent()) {
        if (at.isRange()) {
          names.add(at.name());
        }
      }
      return names.isEmpty() ? NONE : String.join(" / ", names.reversed());
    }
  }

  /**
   * A group of calls.
   *
   * @param name the operator, the operator and the sizes of its inputs, the part of the model, or
   *     the range with those around it
   * @param calls of operators, on all threads; of ranges, how often they were entered. An overload
   *     that only calls another one of its operator is one call
   * @param selfNanos the time without that in other operators and ranges, summed over threads
   * @param totalNanos the time with that; inside a group of its own it does not count twice
   * @param deviceNanos the time of kernels that it started
   * @param flops floating-point operations; 0 where they are not known
   * @param takenBytes memory of the host that it took for tensors
   * @param changeBytes memory of the host that it took without what it gave back
   * @param deviceTakenBytes memory of devices that it took for tensors
   * @param deviceChangeBytes memory of devices that it took without what it gave back
   */
  public record Row(
      String name,
      long calls,
      long selfNanos,
      long totalNanos,
      long deviceNanos,
      long flops,
      long takenBytes,
      long changeBytes,
      long deviceTakenBytes,
      long deviceChangeBytes) {}

  /** What rows are ordered by, the largest first. */
  public enum Order {
    /** Time of its own. */
    SELF(Row::selfNanos),
    /** Time with that of others inside. */
    TOTAL(Row::totalNanos),
    /** Calls. */
    CALLS(Row::calls),
    /** Time of kernels. */
    DEVICE(Row::deviceNanos),
    /** Memory that was taken, of the host and of devices. */
    MEMORY(row -> row.takenBytes() + row.deviceTakenBytes()),
    /** Floating-point operations. */
    FLOPS(Row::flops);

    @SuppressWarnings("ImmutableEnumChecker") // a method reference, which has no state
    private final ToLongFunction<Row> value;

    Order(ToLongFunction<Row> value) {
      this.value = value;
    }

    private Comparator<Row> comparator() {
      return Comparator.comparingLong(value).reversed().thenComparing(Row::name);
    }
  }

  static OperatorTable of(Profile profile, Grouping grouping) {
    if (grouping == Grouping.KERNEL) {
      return kernels(profile);
    }
    Map<Long, Long> deviceNanos = new HashMap<>();
    for (ProfiledEvent event : profile.events()) {
      if (event.kind() == ProfiledEvent.Kind.DEVICE) {
        deviceNanos.merge(event.correlation(), event.durationNanos(), Long::sum);
      }
    }
    Map<String, Sums> groups = new LinkedHashMap<>();
    for (CallTree.Node node : CallTree.of(profile.events()).nodes()) {
      String key = grouping.key(node);
      if (key != null) {
        groups
            .computeIfAbsent(key, _ -> new Sums())
            .add(node, isCounted(node, grouping), isOutermost(node, key, grouping), deviceNanos);
      }
    }
    List<Row> rows = new ArrayList<>();
    groups.forEach((name, sums) -> rows.add(sums.row(name)));
    rows.sort(Order.SELF.comparator());
    return new OperatorTable(rows, profile.wallNanos());
  }

  private static OperatorTable kernels(Profile profile) {
    Map<String, Sums> kernels = new LinkedHashMap<>();
    for (ProfiledEvent event : profile.events()) {
      if (event.kind() == ProfiledEvent.Kind.DEVICE) {
        kernels.computeIfAbsent(event.name(), _ -> new Sums()).addKernel(event);
      }
    }
    List<Row> rows = new ArrayList<>();
    kernels.forEach((name, sums) -> rows.add(sums.row(name)));
    rows.sort(Order.SELF.comparator());
    return new OperatorTable(rows, profile.wallNanos());
  }

  private static boolean isCounted(CallTree.Node node, Grouping grouping) {
    return grouping == Grouping.RANGE
        ? node.isRange() || Grouping.range(node).equals(Grouping.NONE)
        : !node.isCalledByItsOverload();
  }

  private static boolean isOutermost(CallTree.Node node, String key, Grouping grouping) {
    for (CallTree.Node outer = node.parent(); outer != null; outer = outer.parent()) {
      if (key.equals(grouping.key(outer))) {
        return false;
      }
    }
    return true;
  }

  private static final class Sums {
    private long calls;
    private long selfNanos;
    private long totalNanos;
    private long deviceNanos;
    private long flops;
    private long takenBytes;
    private long changeBytes;
    private long deviceTakenBytes;
    private long deviceChangeBytes;

    void addKernel(ProfiledEvent kernel) {
      calls++;
      selfNanos += kernel.durationNanos();
      totalNanos += kernel.durationNanos();
      deviceNanos += kernel.durationNanos();
    }

    void add(
        CallTree.Node node,
        boolean isCounted,
        boolean isOutermost,
        Map<Long, Long> deviceNanosOfOperators) {
      calls += isCounted ? 1 : 0;
      selfNanos += node.selfNanos();
      totalNanos += isOutermost ? node.event().durationNanos() : 0;
      flops += node.flops();
      takenBytes += node.takenBytes();
      changeBytes += node.changeBytes();
      deviceTakenBytes += node.deviceTakenBytes();
      deviceChangeBytes += node.deviceChangeBytes();
      if (!node.isRange()) {
        deviceNanos += deviceNanosOfOperators.getOrDefault(node.event().correlation(), 0L);
      }
    }

    Row row(String name) {
      return new Row(
          name,
          calls,
          selfNanos,
          totalNanos,
          deviceNanos,
          flops,
          takenBytes,
          changeBytes,
          deviceTakenBytes,
          deviceChangeBytes);
    }
  }

  /** The time of all rows, which is not more than that of the threads that they ran on. */
  public long selfNanos() {
    return rows.stream().mapToLong(Row::selfNanos).sum();
  }

  /**
   * The same in another order.
   *
   * @param limit no more rows than that; 0 for all
   */
  public OperatorTable sorted(Order order, int limit) {
    List<Row> sorted = rows.stream().sorted(order.comparator()).toList();
    return new OperatorTable(
        limit == 0 ? sorted : sorted.subList(0, Math.min(limit, sorted.size())), wallNanos);
  }

  /** Makes each row an event of the Flight Recorder, if there is a recording. */
  void tellFlightRecorder() {
    if (ProfiledOperators.areWanted()) {
      for (Row row : rows) {
        ProfiledOperators.emit(row.name(), row.calls(), row.selfNanos(), row.totalNanos());
      }
    }
  }
}

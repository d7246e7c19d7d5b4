package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model bound to batches of a few sizes, for batches of any size: a run takes the smallest that
 * has room for its rows and leaves out what it computes beyond. Where each size has its price, a
 * recording for one (a CUDA graph) or code that is compiled for its shapes, few sizes are enough.
 *
 * <pre>{@code
 * Model recorded = model.to(arena, gpu).withRecordedRuns();
 * BatchSessions batches = BatchSessions.open(arena, recorded, List.of(image), 1, 2, 4, 8);
 * List<Tensor> scores = batches.run(arena, threeImages);   // replays the recording for 4
 * }</pre>
 *
 * <p>The model's rows must not depend on each other, and the first dimension of all inputs and
 * outputs is that of rows; an output whose first dimension is another is returned whole. Sessions
 * of a model {@linkplain Model#withRecordedRuns with recorded runs} are recorded in one memory,
 * that of the largest and of all outputs.
 *
 * <p>It lives in its arena and is used by one thread at a time, as a {@link Session}.
 */
public final class BatchSessions {
  private static final int WARM_UP = 3;

  private record Bucket(int rows, Session session) {}

  private final List<Tensor> buffers;
  private final @Nullable Stream stream;

  /** The smallest first. */
  private final List<Bucket> buckets;

  /** The first so many rows of each buffer, made when they are needed. */
  private final @Nullable List<Tensor>[] views;

  private @Nullable String whyNotRecorded;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private BatchSessions(
      List<Tensor> buffers, List<Bucket> buckets, @Nullable Stream stream, int largest) {
    this.buffers = buffers;
    this.buckets = buckets;
    this.stream = stream;
    this.views = new List[largest + 1];
  }

  /**
   * Binds {@code forward} for each of the sizes, and records it if the model is one with recorded
   * runs.
   *
   * @param arena owns the sessions and the memory of their inputs
   * @param example inputs of one row or more, on the device of the model; what follows a run's rows
   *     is the first row of these, until an earlier run has left its own there
   * @param sizes numbers of rows, each at least 1
   * @throws IllegalArgumentException if there are no sizes or examples, a size is below 1, an
   *     example has no rows, or inputs do not fit the model's signature
   * @throws OperatorException if the model fails on the examples' rows
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public static BatchSessions open(Arena arena, Model model, List<Tensor> example, int... sizes) {
    int[] sorted = Arrays.stream(sizes).distinct().sorted().toArray();
    if (sorted.length == 0 || sorted[0] < 1) {
      throw new IllegalArgumentException(
          "expected sizes of at least 1 row, got " + Arrays.toString(sizes));
    }
    if (example.isEmpty()) {
      throw new IllegalArgumentException("expected an example of each input, got none");
    }
    int largest = sorted[sorted.length - 1];
    List<Tensor> buffers = example.stream().map(rows -> buffer(arena, rows, largest)).toList();
    List<Bucket> buckets = new ArrayList<>();
    for (int rows : sorted) {
      Value[] bound =
          buffers.stream().map(each -> Value.of(each.narrow(0, 0, rows))).toArray(Value[]::new);
      buckets.add(new Bucket(rows, Session.open(arena, model, bound)));
    }
    BatchSessions batches =
        new BatchSessions(buffers, List.copyOf(buckets), model.stream().orElse(null), largest);
    if (model.options().onDevice().recorded()) {
      batches.record();
    }
    return batches;
  }

  /** The first row of an example, so many times. */
  private static Tensor buffer(Arena arena, Tensor example, int rows) {
    if (example.shape().rank() == 0 || example.shape().dim(0) < 1) {
      throw new IllegalArgumentException(
          "expected an example with rows in its first dimension, got " + example.shape());
    }
    long[] sizes = example.shape().toArray();
    Arrays.fill(sizes, -1);
    sizes[0] = rows;
    try (Arena brief = Arena.ofConfined()) {
      return example.keep(brief).narrow(0, 0, 1).expand(sizes).copy(arena);
    }
  }

  /** The largest first, whose memory has room for the others. */
  private void record() {
    Session largest = buckets.getLast().session();
    try {
      largest.record(WARM_UP);
      for (Bucket bucket : buckets.reversed()) {
        if (bucket.session() != largest) {
          bucket.session().record(WARM_UP, largest);
        }
      }
    } catch (OperatorException | UnsupportedException | IllegalArgumentException e) {
      whyNotRecorded = String.valueOf(e.getMessage());
    }
  }

  /** The sizes, the smallest first. */
  public List<Integer> sizes() {
    return buckets.stream().map(Bucket::rows).toList();
  }

  /** Whether all sizes replay recordings. */
  public boolean isRecorded() {
    return buckets.stream().allMatch(bucket -> bucket.session().isRecorded());
  }

  /**
   * Why not all sizes of a model {@linkplain Model#withRecordedRuns with recorded runs} could be
   * recorded; the others run as those of other models do. Empty if they could.
   */
  public Optional<String> whyNotRecorded() {
    return Optional.ofNullable(whyNotRecorded);
  }

  /**
   * Runs the model on a batch.
   *
   * @param arena owns the outputs, which are copies
   * @param inputs of the examples' dtypes and shapes but for the number of rows, which is the same
   *     for all; on the host or on the model's device. They may be changed when this returns, but
   *     for those in pinned memory, see {@link Stream#copy}
   * @return the model's tensors, depth first, with as many rows
   * @throws IllegalArgumentException if inputs are not as said, or have more rows than the largest
   *     size
   * @throws OperatorException if the model's code fails, with libtorch's reason
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if an arena is closed, or another thread is using it
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public List<Tensor> run(Arena arena, Tensor... inputs) {
    int rows = requireRows(inputs);
    Bucket bucket = buckets.stream().filter(each -> each.rows() >= rows).findFirst().orElseThrow();
    List<Tensor> targets = firstRows(rows);
    for (int i = 0; i < inputs.length; i++) {
      write(inputs[i], targets.get(i));
    }
    Session session = bucket.session();
    session.run();
    return IntStream.range(0, session.outputCount())
        .mapToObj(session::output)
        .map(output -> hasRows(output, bucket.rows()) ? output.narrow(0, 0, rows) : output)
        .map(output -> output.copy(arena))
        .toList();
  }

  private static boolean hasRows(Tensor output, long rows) {
    return output.shape().rank() > 0 && output.shape().dim(0) == rows;
  }

  private int requireRows(Tensor[] inputs) {
    if (inputs.length != buffers.size()) {
      throw new IllegalArgumentException(
          "expected %d inputs, got %d".formatted(buffers.size(), inputs.length));
    }
    long rows = inputs[0].shape().rank() == 0 ? 0 : inputs[0].shape().dim(0);
    int largest = buckets.getLast().rows();
    if (rows < 1 || rows > largest) {
      throw new IllegalArgumentException(
          "expected from 1 to %d rows, got %d".formatted(largest, rows));
    }
    for (int i = 0; i < inputs.length; i++) {
      Tensor expected = firstRows((int) rows).get(i);
      if (!inputs[i].shape().equals(expected.shape()) || inputs[i].dtype() != expected.dtype()) {
        throw new IllegalArgumentException(
            "expected %s %s as input %d, got %s %s"
                .formatted(
                    expected.dtype(), expected.shape(), i, inputs[i].dtype(), inputs[i].shape()));
      }
    }
    return (int) rows;
  }

  private List<Tensor> firstRows(int rows) {
    List<Tensor> known = views[rows];
    if (known == null) {
      known = buffers.stream().map(buffer -> buffer.narrow(0, 0, rows)).toList();
      views[rows] = known;
    }
    return known;
  }

  private void write(Tensor input, Tensor target) {
    if (target.device().equals(Device.CPU)) {
      target.copyFrom(input);
    } else {
      Stream on = stream == null ? Stream.defaultOf(target.device()) : stream;
      on.copy(input, target);
    }
  }
}

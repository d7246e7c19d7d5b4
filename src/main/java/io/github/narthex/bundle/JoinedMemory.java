package io.github.narthex.bundle;

import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Room for the inputs of requests that are joined, row after row, and for their answers. Rows may
 * be written, and read, by different threads at the same time; {@link #run} is by itself.
 */
final class JoinedMemory {
  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private final Model model;
  private final JoinedLayout layout;
  private final List<MemorySegment> inputs;
  private final List<MemorySegment> outputs;

  /** By the number of rows, made when they are needed. */
  private final @Nullable Session[] sessions;

  /**
   * Room for so many rows.
   *
   * @param arena shared; owns the memory
   */
  JoinedMemory(Arena arena, Model model, JoinedLayout layout, int rows) {
    this.arena = arena;
    this.model = model;
    this.layout = layout;
    this.inputs = allocate(layout.inputs(), rows);
    this.outputs = allocate(layout.outputs(), rows);
    this.sessions = new Session[rows + 1];
  }

  private List<MemorySegment> allocate(List<RowLayout> layouts, int rows) {
    return layouts.stream()
        .map(row -> arena.allocate(Math.max(1, row.byteSize(rows)), ALIGNMENT))
        .toList();
  }

  /** Copies a request to the rows from there on. */
  void put(List<Value> request, long from, long rows) {
    for (int i = 0; i < request.size(); i++) {
      RowLayout layout = this.layout.inputs().get(i);
      request.get(i).tensor().copyTo(slice(inputs.get(i), layout, from, rows));
    }
  }

  /** Runs the model on the first so many rows. */
  void run(int rows) {
    Session session = session(rows);
    session.run();
    for (int i = 0; i < outputs.size(); i++) {
      session.copyOutput(i, slice(outputs.get(i), layout.outputs().get(i), 0, rows));
    }
  }

  private Session session(int rows) {
    Session session = sessions[rows];
    if (session == null) {
      List<Value> bound = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        RowLayout row = layout.inputs().get(i);
        MemorySegment memory = slice(inputs.get(i), row, 0, rows);
        bound.add(Value.of(Tensor.of(arena, memory, row.dtype(), row.shape(rows))));
      }
      session = Session.open(arena, model, "forward", bound);
      sessions[rows] = session;
    }
    return session;
  }

  /** The answer to the request in these rows; a copy. */
  Value take(Arena results, long from, long rows) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      RowLayout row = layout.outputs().get(i);
      MemorySegment memory = slice(outputs.get(i), row, from, rows);
      tensors.add(Tensor.copyOf(results, memory, row.dtype(), row.shape(rows)));
    }
    return layout.answer(tensors);
  }

  private static MemorySegment slice(MemorySegment memory, RowLayout row, long from, long rows) {
    return memory.asSlice(row.byteSize(from), row.byteSize(rows));
  }
}

package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/** An {@code nx_trace}. */
public final class TraceHandle extends Handle {
  private TraceHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_trace_free, "trace");
  }

  /** A trace that has begun, and the tensors to compute with in place of its inputs. */
  public record Begun(TraceHandle trace, List<TensorHandle> inputs) {}

  /** Begins a trace of the module's {@code forward}. */
  public static Begun begin(
      Arena arena, ModuleHandle module, List<TensorHandle> inputs, List<String> names) {
    Arenas.requireOpen(arena);
    int count = inputs.size();
    try (Scratch call = Scratch.open()) {
      MemorySegment tensors = addresses(call, inputs);
      MemorySegment texts = call.allocate(ADDRESS, count);
      for (int i = 0; i < count; i++) {
        texts.setAtIndex(ADDRESS, i, call.allocateFrom(names.get(i)));
      }
      MemorySegment symbols = call.allocate(ADDRESS, count);
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_trace_begin(module.segment(), tensors, texts, count, symbols, out));
      return adopt(arena, out.get(ADDRESS, 0), symbols, count);
    }
  }

  /** Takes over what has begun; if the arena is closed meanwhile, all of it is freed. */
  private static Begun adopt(Arena arena, MemorySegment trace, MemorySegment symbols, int count) {
    int adopted = 0;
    try {
      TraceHandle handle = new TraceHandle(arena, trace);
      List<TensorHandle> inputs = new ArrayList<>();
      while (adopted < count) {
        inputs.add(TensorHandle.adopt(arena, symbols.getAtIndex(ADDRESS, adopted++).address()));
      }
      return new Begun(handle, inputs);
    } catch (RuntimeException e) {
      for (int i = adopted; i < count; i++) {
        Narthex.nx_tensor_free(symbols.getAtIndex(ADDRESS, i));
      }
      throw e;
    }
  }

  /** The module's tensor of that name, as a symbol of the trace. */
  public TensorHandle parameter(Arena arena, String name) {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_trace_parameter(segment(), call.allocateFrom(name), out));
      return TensorHandle.adopt(arena, out.get(ADDRESS, 0).address());
    }
  }

  /** Ends the trace: the module, which now has its {@code forward}. */
  public ModuleHandle end(Arena arena, List<TensorHandle> outputs) {
    return ModuleHandle.make(
        arena,
        "trace",
        (call, out) ->
            Narthex.nx_trace_end(segment(), addresses(call, outputs), outputs.size(), out));
  }

  private static MemorySegment addresses(SegmentAllocator call, List<TensorHandle> handles) {
    MemorySegment array = call.allocate(ADDRESS, handles.size());
    for (int i = 0; i < handles.size(); i++) {
      array.setAtIndex(ADDRESS, i, handles.get(i).segment());
    }
    return array;
  }
}

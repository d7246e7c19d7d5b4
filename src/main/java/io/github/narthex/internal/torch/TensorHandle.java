package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Shape;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_stream;
import io.github.narthex.internal.bindings.nx_tensor_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An {@code nx_tensor}. */
public final class TensorHandle extends Handle {
  /** Most tensors have no more dimensions than this; one that has is asked again. */
  private static final int USUAL_RANK = 8;

  private TensorHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_tensor_free, "tensor");
  }

  /** Takes over a tensor that the shim handed out. */
  static TensorHandle adopt(Arena arena, long address) {
    return new TensorHandle(arena, MemorySegment.ofAddress(address));
  }

  /** Uninitialised memory of libtorch's. */
  public static TensorHandle empty(Arena arena, DType dtype, Shape shape, Device device) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      MemorySegment sizes = call.allocateFrom(JAVA_LONG, shape.toArray());
      Errors.check(
          Narthex.nx_tensor_empty(
              Codes.of(dtype), Codes.of(device.type()), device.index(), sizes, shape.rank(), out));
      return new TensorHandle(arena, out.get(ADDRESS, 0));
    }
  }

  /** A tensor over the caller's memory, which must live as long as the arena. */
  public static TensorHandle wrap(Arena arena, MemorySegment memory, DType dtype, Shape shape) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      MemorySegment sizes = call.allocateFrom(JAVA_LONG, shape.toArray());
      Errors.check(
          Narthex.nx_tensor_wrap(
              memory, memory.byteSize(), Codes.of(dtype), sizes, shape.rank(), out));
      return new TensorHandle(arena, out.get(ADDRESS, 0));
    }
  }

  /** A tensor that another library hands over; it stays that library's where this fails. */
  public static TensorHandle fromDlpack(Arena arena, MemorySegment managed, boolean versioned) {
    Arenas.requireOpen(arena);
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_tensor_from_dlpack(managed, versioned ? 1 : 0, out));
      return new TensorHandle(arena, out.get(ADDRESS, 0));
    }
  }

  /** What another library takes, and frees. */
  public MemorySegment toDlpack(boolean versioned) {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_tensor_to_dlpack(segment(), versioned ? 1 : 0, out));
      return out.get(ADDRESS, 0);
    }
  }

  /** Frees what nobody has taken. */
  public static void freeDlpack(MemorySegment managed, boolean versioned) {
    Narthex.nx_dlpack_free(managed, versioned ? 1 : 0);
  }

  /** A handle on the same tensor in another arena. */
  public TensorHandle share(Arena arena) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_tensor_share(segment(), out));
      return new TensorHandle(arena, out.get(ADDRESS, 0));
    }
  }

  /** A copy on a device, or the tensor itself where it is there; on these streams of the two. */
  public TensorHandle to(Arena arena, Device device, List<StreamId> streams) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      MemorySegment named = nx_stream.allocateArray(streams.size(), call);
      for (int i = 0; i < streams.size(); i++) {
        streams.get(i).writeTo(nx_stream.asSlice(named, i));
      }
      Errors.check(
          Narthex.nx_tensor_to(
              segment(), Codes.of(device.type()), device.index(), named, streams.size(), out));
      return new TensorHandle(arena, out.get(ADDRESS, 0));
    }
  }

  /** Asks libtorch; nothing is kept, since an operator may change a tensor in place. */
  public TensorDescription describe() {
    return describe(USUAL_RANK);
  }

  private TensorDescription describe(int capacity) {
    try (Scratch call = Scratch.open()) {
      MemorySegment info = nx_tensor_info.allocate(call);
      MemorySegment sizes = call.allocate(JAVA_LONG, capacity);
      MemorySegment strides = call.allocate(JAVA_LONG, capacity);
      Errors.check(Narthex.nx_tensor_describe(segment(), capacity, info, sizes, strides));
      int rank = nx_tensor_info.rank(info);
      if (rank > capacity) {
        return describe(rank);
      }
      return new TensorDescription(
          Codes.dtype(nx_tensor_info.dtype(info)),
          Shape.of(Arrays.copyOf(sizes.toArray(JAVA_LONG), rank)),
          Arrays.stream(strides.toArray(JAVA_LONG), 0, rank).boxed().toList(),
          Codes.device(nx_tensor_info.device_type(info), nx_tensor_info.device_index(info)),
          nx_tensor_info.is_contiguous(info) != 0,
          nx_tensor_info.data(info));
    }
  }

  /** Whether the memory is a caller's. */
  public boolean isBorrowed() {
    try (Scratch call = Scratch.open()) {
      return nx_tensor_info.is_borrowed(info(call)) != 0;
    }
  }

  /** What there is to know without sizes and strides. */
  private MemorySegment info(Scratch call) {
    MemorySegment info = nx_tensor_info.allocate(call);
    Errors.check(
        Narthex.nx_tensor_describe(segment(), 0, info, MemorySegment.NULL, MemorySegment.NULL));
    return info;
  }

  /**
   * The elements for a copy in or out, row-major; null where they do not lie so in host memory. The
   * segment is good until anything is done to the tensor; unlike {@link #pin} this leaves the
   * memory as it is.
   */
  public @Nullable MemorySegment elements(Arena arena) {
    try (Scratch call = Scratch.open()) {
      MemorySegment info = info(call);
      long address = nx_tensor_info.data(info);
      long byteSize = nx_tensor_info.element_count(info) * nx_tensor_info.element_size(info);
      boolean isRowMajor = nx_tensor_info.is_contiguous(info) != 0;
      return isRowMajor && (address != 0 || byteSize == 0)
          ? MemorySegment.ofAddress(address).reinterpret(byteSize, arena, null)
          : null;
    }
  }

  /**
   * The tensor's memory, without a copy. It is pinned: as long as the arena lives, it is neither
   * freed nor resized.
   */
  public MemorySegment pin(Arena arena, long byteSize) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment data = call.allocate(JAVA_LONG);
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_tensor_pin(segment(), data, out));
      MemorySegment pin = out.get(ADDRESS, 0);
      Consumer<MemorySegment> free = memory -> Narthex.nx_tensor_free(pin);
      Consumer<MemorySegment> end = HandleSites.ARE_NOTED ? HandleSites.note("tensor", free) : free;
      try {
        return MemorySegment.ofAddress(data.get(JAVA_LONG, 0)).reinterpret(byteSize, arena, end);
      } catch (RuntimeException e) {
        end.accept(pin);
        throw e;
      }
    }
  }

  /**
   * Copies all elements, row-major and converted, into memory of exactly that size: native, or an
   * array, which {@link HeapCalls} has its limits for.
   */
  public void read(DType dtype, MemorySegment target) {
    int code = Codes.of(dtype);
    Errors.check(
        target.isNative()
            ? Narthex.nx_tensor_read(segment(), code, target, target.byteSize())
            : HeapCalls.read(segment(), code, target));
  }

  /**
   * Sets all elements, row-major, from memory that holds as many of that dtype: native, or an
   * array, which {@link HeapCalls} has its limits for.
   */
  public void write(DType dtype, MemorySegment source) {
    int code = Codes.of(dtype);
    Errors.check(
        source.isNative()
            ? Narthex.nx_tensor_write(segment(), code, source, source.byteSize())
            : HeapCalls.write(segment(), code, source));
  }

  /** Whether the other has the same dtype, shape and bits. */
  public boolean isSame(TensorHandle other) {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_INT);
      Errors.check(Narthex.nx_tensor_same(segment(), other.segment(), out));
      return out.get(JAVA_INT, 0) != 0;
    }
  }
}

package io.github.narthex;

import static java.util.Objects.requireNonNull;

import io.github.narthex.internal.torch.TensorDescription;
import io.github.narthex.internal.torch.TensorHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.MemorySegment.Scope;
import java.nio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array of libtorch's.
 *
 * <p><b>Lifetime.</b> A tensor lives as long as the {@link Arena} it was made in; closing that
 * arena is the only way to close it. What its own methods return lives in the same arena. {@link
 * #keep(Arena)} makes it live in another one.
 *
 * <p><b>Memory.</b> It is libtorch's, or, for a tensor {@linkplain #of(Arena, MemorySegment, DType,
 * Shape) over a segment}, the caller's. {@code docs/memory.md} has the rules of both directions.
 *
 * <p><b>Threads.</b> As its arena: one of {@link Arena#ofConfined()} is used by one thread, one of
 * {@link Arena#ofShared()} by any. Elements are not protected against races.
 */
public final class Tensor
    implements ActivationOperators,
        ArithmeticOperators,
        ArrayConversions,
        ComparisonOperators,
        ComplexOperators,
        ConversionOperators,
        EqualityChecks,
        InPlaceOperators,
        IndexOperators,
        LayerOperators,
        NormalizationOperators,
        PoolingOperators,
        QuantizedOperators,
        ReductionOperators,
        ShapeOperators {
  private final Arena arena;
  private final TensorHandle handle;
  private final @Nullable Trace trace;
  private volatile @Nullable MemorySegment segment;

  Tensor(Arena arena, TensorHandle handle, @Nullable Trace trace) {
    this.arena = arena;
    this.handle = handle;
    this.trace = trace;
  }

  /**
   * A float32 tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, float[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.FLOAT32, shape);
  }

  /**
   * A float64 tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, double[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.FLOAT64, shape);
  }

  /**
   * An int32 tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, int[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.INT32, shape);
  }

  /**
   * An int64 tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, long[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.INT64, shape);
  }

  /**
   * An int16 tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, short[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.INT16, shape);
  }

  /**
   * A uint8 tensor with a copy of the array, row-major: what images have. For int8 there is {@link
   * #copyOf(Arena, MemorySegment, DType, Shape) copyOf} of {@link MemorySegment#ofArray(byte[])},
   * as for other dtypes that have no Java type of their own.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, byte[] data, long... shape) {
    return ofArray(arena, MemorySegment.ofArray(data), data.length, DType.UINT8, shape);
  }

  /**
   * A bool tensor with a copy of the array, row-major.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape
   */
  public static Tensor of(Arena arena, boolean[] data, long... shape) {
    byte[] bytes = new byte[data.length];
    for (int i = 0; i < data.length; i++) {
      bytes[i] = (byte) (data[i] ? 1 : 0);
    }
    return ofArray(arena, MemorySegment.ofArray(bytes), data.length, DType.BOOL, shape);
  }

  private static Tensor ofArray(
      Arena arena, MemorySegment elements, long length, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    Segments.requireLength(length, shape);
    return copyOf(arena, elements, dtype, shape);
  }

  /**
   * A tensor of that dtype with the array's numbers, row-major, converted: rounded to the nearest
   * for the smaller floating-point numbers, towards 0 for integers.
   *
   * @throws IllegalArgumentException if the array's length is not that of the shape, or the dtype
   *     is quantised
   */
  public static Tensor of(Arena arena, float[] data, DType dtype, Shape shape) {
    Segments.requireLength(data.length, shape);
    long began = DataPath.begin();
    Tensor tensor = empty(arena, dtype, shape);
    HeapTransfer.write(tensor, DType.FLOAT32, MemorySegment.ofArray(data));
    DataPath.Reason reason = dtype == DType.FLOAT32 ? DataPath.Reason.HEAP : DataPath.Reason.DTYPE;
    DataPath.end(began, DataPath.Direction.IN, reason, Float.BYTES * (long) data.length);
    return tensor;
  }

  /**
   * A tensor over the caller's memory, without a copy: each sees what the other writes.
   *
   * <p>The segment must be native, writable, at least as large as the tensor (row-major from its
   * start), aligned for the dtype, and of the same arena as the tensor, or of the global one: so
   * neither can outlive the other. For bool, each byte must be 0 or 1. A file that is mapped
   * read-only is refused, since operators may write: {@link
   * java.nio.channels.FileChannel.MapMode#PRIVATE} maps it so that what is written stays in memory.
   *
   * @throws IllegalArgumentException if the segment is not so; the message says what to do instead
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static Tensor of(Arena arena, MemorySegment segment, DType dtype, Shape shape) {
    long began = DataPath.begin();
    Segments.requireViewable(arena, segment, dtype, shape);
    Tensor tensor = new Tensor(arena, TensorHandle.wrap(arena, segment, dtype, shape), null);
    DataPath.end(began, DataPath.Direction.IN, DataPath.Reason.VIEW, segment.byteSize());
    return tensor;
  }

  /**
   * A tensor over the memory of a direct buffer, from its position to its limit, without a copy:
   * each sees what the other writes. The tensor keeps the buffer, and a file that is mapped by it,
   * until its arena is closed. A buffer that was made from a {@link MemorySegment} must be of one
   * of the tensor's own arena, or of an arena that is never closed before it.
   *
   * <p>The buffer must be direct, writable, in native byte order, at least as large as the tensor,
   * and aligned for the dtype.
   *
   * @throws IllegalArgumentException if it is not so; the message says what to do instead
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static Tensor of(Arena arena, Buffer buffer, DType dtype, Shape shape) {
    return of(arena, Segments.viewOf(arena, buffer, dtype), dtype, shape);
  }

  /**
   * A tensor with a copy of the buffer from its position to its limit, row-major. The buffer may be
   * on the heap or direct, and read-only; it must be in native byte order and exactly as large as
   * the tensor.
   *
   * @throws IllegalArgumentException if it is not so
   */
  public static Tensor copyOf(Arena arena, Buffer buffer, DType dtype, Shape shape) {
    Segments.requireNativeOrder(buffer, dtype);
    return copyOf(arena, MemorySegment.ofBuffer(buffer), dtype, shape);
  }

  /**
   * A tensor with a copy of the segment, row-major. The segment may be on the heap or native, of
   * any arena and alignment, and read-only; it must be exactly as large as the tensor.
   *
   * @throws IllegalArgumentException if its size is not that of the tensor
   */
  public static Tensor copyOf(Arena arena, MemorySegment segment, DType dtype, Shape shape) {
    long began = DataPath.begin();
    Segments.requireSize(segment, dtype, shape);
    Tensor tensor = empty(arena, dtype, shape);
    requireNonNull(tensor.handle.elements(arena)).copyFrom(segment);
    if (began != 0) {
      DataPath.Reason reason = DataPath.whyCopied(segment, dtype);
      DataPath.end(began, DataPath.Direction.IN, reason, segment.byteSize());
    }
    return tensor;
  }

  /**
   * An uninitialised row-major tensor in libtorch's CPU memory, 64-byte aligned. {@link Tensors}
   * has tensors with something in them.
   *
   * @throws IllegalArgumentException if the dtype is quantised
   * @throws DeviceMemoryException if memory is exhausted
   */
  public static Tensor empty(Arena arena, DType dtype, Shape shape) {
    return new Tensor(arena, TensorHandle.empty(arena, dtype, shape, Device.CPU), null);
  }

  /** The type of the elements. */
  public DType dtype() {
    return handle.describe().dtype();
  }

  /** The sizes of the dimensions. */
  public Shape shape() {
    noteRead(true);
    return handle.describe().shape();
  }

  /** For each dimension, how many elements lie between one index and the next, in memory. */
  public long[] strides() {
    noteRead(true);
    return handle.describe().strides().stream().mapToLong(Long::longValue).toArray();
  }

  /** Where the memory is. */
  public Device device() {
    return handle.describe().device();
  }

  /** Whether the elements lie row-major and without gaps. */
  public boolean isContiguous() {
    return handle.describe().contiguous();
  }

  /** The number of elements. */
  public long elementCount() {
    return shape().elementCount();
  }

  /** The bytes of one element. */
  public long elementSize() {
    return dtype().byteSize();
  }

  /**
   * The bytes of all elements, were each to have its own.
   *
   * @throws ArithmeticException if that does not fit in 64 bits, which the elements of a broadcast
   *     tensor need not
   */
  public long byteSize() {
    noteRead(true);
    TensorDescription description = handle.describe();
    return description.shape().byteSize(description.dtype());
  }

  /**
   * The elements in place, without a copy: each side sees what the other writes. The segment lives
   * as long as the tensor's arena, even if an operator gives the tensor other memory meanwhile (the
   * next call then returns that); and from here on libtorch refuses to resize the memory. Of a
   * quantised tensor these are the integers as they are stored.
   *
   * @throws IllegalStateException if the tensor is not row-major ({@link #contiguous()} copies it),
   *     not in host memory ({@link #to(Device)} copies it), or a conjugate by a mark alone
   */
  public MemorySegment segment() {
    long began = DataPath.begin();
    noteRead(false);
    TensorDescription description = handle.describe();
    if (!description.device().isCpu()) {
      throw new IllegalStateException(
          "the tensor is on " + description.device() + ": copy it with to(Device.CPU) first");
    }
    if (!description.contiguous()) {
      throw new IllegalStateException(
          "the tensor is not row-major: copy it with contiguous() first");
    }
    long byteSize = description.shape().byteSize(description.dtype());
    if (description.address() == 0 && byteSize > 0) {
      throw new IllegalStateException(
          "the elements are a conjugate or negative that is not in memory yet: copy the tensor with"
              + " aten::resolve_conj and aten::resolve_neg first");
    }
    MemorySegment pinned = segment;
    // An operator may have resized the tensor, or given it other memory.
    if (pinned == null
        || pinned.byteSize() != byteSize
        || pinned.address() != description.address()) {
      pinned = handle.pin(arena, byteSize);
      segment = pinned;
    }
    DataPath.end(began, DataPath.Direction.OUT, DataPath.Reason.VIEW, byteSize);
    return pinned;
  }

  /**
   * This tensor in another arena: the same memory, with a lifetime of its own. A tensor over a
   * segment is copied, since the segment's memory ends with its arena.
   *
   * @throws IllegalStateException if an arena is closed
   */
  public Tensor keep(Arena other) {
    return mayBeViewedIn(other) ? new Tensor(other, handle.share(other), trace) : copy(other);
  }

  /** A copy in another arena, in libtorch's own memory. */
  public Tensor copy(Arena other) {
    return Operator.of("aten::clone").tensor(other, Value.of(this));
  }

  @Override
  public Arena arena() {
    return arena;
  }

  /**
   * Dtype, shape, device and the elements, those of a large tensor abridged. For people: the format
   * may change.
   */
  @Override
  public String toString() {
    return TensorText.of(this);
  }

  TensorHandle handle() {
    return handle;
  }

  /** For the library's own use: a trace does not take it for something that Java computes with. */
  TensorInfo info() {
    TensorDescription description = handle.describe();
    return new TensorInfo(description.dtype(), description.shape());
  }

  @Nullable Trace trace() {
    return trace;
  }

  /** The same for calls that no trace is to record. */
  Tensor untraced() {
    return trace == null ? this : new Tensor(arena, handle, null);
  }

  /**
   * Whether a view of this tensor may live in that arena: not a segment's memory in another, unless
   * it lives for ever.
   */
  boolean mayBeViewedIn(Arena other) {
    Scope scope = arena.scope();
    return scope.equals(other.scope())
        || scope.equals(Arena.global().scope())
        || !handle.isBorrowed();
  }

  /** What Java reads of a traced tensor, the trace does not see. */
  void noteRead(boolean isShape) {
    if (trace != null) {
      trace.noteRead(this, isShape);
    }
  }
}

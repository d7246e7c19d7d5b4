package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.ModelFormat;
import io.github.narthex.ModelLoadException;
import io.github.narthex.NativeLibraryException;
import io.github.narthex.Tensor;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A file of tensors by name: npy, npz, safetensors, or what {@code torch.save} wrote (a state dict,
 * a checkpoint, a tensor, a list or tuple of tensors). What it is, its content tells, not its name.
 *
 * <p><b>Names.</b> Values inside others are named by their path: a checkpoint {@code {'model':
 * {'fc.weight': …}, 'epoch': 3}} has the tensor {@code model.fc.weight}, and under {@link
 * #metadata} {@code epoch}. Items of lists and tuples are numbered from 0. A tensor that is all of
 * a file is named {@code tensor}.
 *
 * <p><b>Memory.</b> The file is mapped: opening it reads its headers only, and a tensor whose
 * elements lie in it uncompressed, aligned for their dtype and in this machine's byte order is used
 * where it is; others are copied, and so are all of a file that this process may not write, which
 * the JDK does not map as is needed. {@code torch.save} and {@link #write} align them, most writers
 * of safetensors do, {@code numpy.savez} does not. Writing to a tensor does not change the file.
 * While the arena is open the file must not be shortened, or touching it ends the process (SIGBUS);
 * to replace it by another of the same name, as everything here does, is harmless.
 *
 * <p><b>Safety.</b> A file may be hostile. Nothing in it is run: a pickle is read as data, and a
 * name in it that no tensor or plain data needs is refused. All that a file says of sizes, offsets
 * and strides is checked against its length before anything is allocated.
 *
 * <p><b>Lifetime and threads.</b> As the arena that it was opened in, which owns the map, copies,
 * and tensors.
 */
public final class TensorFile {
  /** The name of a tensor that is all of a file. */
  static final String ALONE = "tensor";

  /** What a reader finds: tensors, and plain data as text. */
  record Content(
      SequencedMap<String, StoredTensor> tensors, SequencedMap<String, String> metadata) {}

  private final ModelFormat format;
  private final Content content;

  private TensorFile(ModelFormat format, Content content) {
    this.format = format;
    this.content = content;
  }

  /**
   * The tensors of a file, by name and in their order: all that {@link #open} finds, read.
   *
   * @throws InputException as {@link #open} and {@link StoredTensor#tensor}
   * @throws DeviceMemoryException if there is no memory to map the file or for a copy
   * @throws NativeLibraryException if libtorch can't be loaded
   * @throws IllegalStateException if the arena is closed
   */
  public static SequencedMap<String, Tensor> read(Arena arena, Path path) {
    return read(arena, path, "");
  }

  /**
   * The tensors of a part of a file, by the rest of their names: of a checkpoint, {@code "model"}
   * gives {@code fc.weight} for {@code model.fc.weight}.
   *
   * @param part the names' beginning, without the dot behind it; an empty one means all
   * @throws InputException as {@link #open} and {@link StoredTensor#tensor}
   * @throws IllegalArgumentException if no tensor's name begins so
   * @throws DeviceMemoryException if there is no memory to map the file or for a copy
   * @throws NativeLibraryException if libtorch can't be loaded
   * @throws IllegalStateException if the arena is closed
   */
  public static SequencedMap<String, Tensor> read(Arena arena, Path path, String part) {
    SequencedMap<String, StoredTensor> stored = open(arena, path).tensors();
    String prefix = part.isEmpty() ? "" : part + ".";
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    stored.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            tensors.put(name.substring(prefix.length()), tensor.tensor());
          }
        });
    if (tensors.isEmpty() && !part.isEmpty()) {
      List<String> some = stored.keySet().stream().limit(5).toList();
      throw new IllegalArgumentException(
          "%s has no tensors under '%s'; of its %d, the first are: %s"
              .formatted(path, part, stored.size(), MappedFile.quote(String.join(", ", some))));
    }
    return tensors;
  }

  /**
   * Opens a file and reads what it holds, without the elements of tensors. Needs no libtorch.
   *
   * @param arena owns the map of the file, and all that comes from it
   * @throws InputException if there is no such file, or it can't be read
   * @throws InputException if it is of none of the formats, damaged, or refers to what is neither a
   *     tensor nor plain data; the message names it
   * @throws InputException if its names alone take more memory than Java's heap has
   * @throws DeviceMemoryException if there is no memory to map it
   * @throws IllegalStateException if the arena is closed
   */
  public static TensorFile open(Arena arena, Path path) {
    MappedFile file = MappedFile.open(arena, path);
    try {
      ModelFormat format = detect(path);
      return new TensorFile(format, read(file, format));
    } catch (OutOfMemoryError e) {
      throw file.bad("its names and headers take more memory than Java's heap has (-Xmx)", e);
    }
  }

  private static ModelFormat detect(Path path) {
    try {
      return ModelFormat.detect(path);
    } catch (ModelLoadException e) {
      throw new InputException(String.valueOf(e.getMessage()), e.detail(), e);
    }
  }

  private static Content read(MappedFile file, ModelFormat format) {
    return switch (format) {
      case NPY -> {
        FileBytes whole = FileBytes.stored(file, ALONE, file.bytes());
        yield new Content(only(Npz.readNpy(whole)), new LinkedHashMap<>());
      }
      case NPZ -> new Content(Npz.read(ZipDirectory.read(file)), new LinkedHashMap<>());
      case SAFETENSORS -> Safetensors.read(file);
      case STATE_DICT, PICKLED_DATA, PICKLED_MODULE ->
          TorchReader.read(file, ZipDirectory.read(file));
      case TORCHSCRIPT ->
          throw file.bad("it is a TorchScript model, not a file of tensors: use Model.load");
      case LEGACY_PICKLE, LEGACY_TAR ->
          throw file.bad(
              "it is in the format of "
                  + format.description()
                  + ", which only Python reads: load it there and save it again");
      default ->
          throw file.bad(
              "expected npy, npz, safetensors or a file of torch.save, found "
                  + (format == ModelFormat.UNKNOWN ? "other bytes" : format.description()));
    };
  }

  private static SequencedMap<String, StoredTensor> only(StoredTensor tensor) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(ALONE, tensor);
    return tensors;
  }

  /** What the file is. */
  public ModelFormat format() {
    return format;
  }

  /** The tensors, by name and in their order, their elements not read yet. */
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(content.tensors());
  }

  /**
   * What the file holds beside tensors, by name and as text: numbers, strings, {@code True}, {@code
   * False}, {@code None} and dtypes of a checkpoint, and what a safetensors file says about itself.
   */
  public SequencedMap<String, String> metadata() {
    return Collections.unmodifiableSequencedMap(content.metadata());
  }

  /**
   * Writes tensors by name, in the format that the file's name ends in. The elements are written
   * row-major, without a copy where they lie so in host memory; the file is replaced as a whole
   * once it is complete.
   *
   * <table>
   * <caption>Formats</caption>
   * <tr><td>{@code .pt}, {@code .pth}, {@code .bin}</td><td>a state dict as {@code torch.save}
   *     writes it; tensors of the same memory, dtype and size share it in the file, too</td></tr>
   * <tr><td>{@code .safetensors}</td><td>complex128 is refused</td></tr>
   * <tr><td>{@code .npz}</td><td>bfloat16 is written as float32, 8-bit floating point is refused
   *     </td></tr>
   * <tr><td>{@code .npy}</td><td>the same, of a single tensor, whose name is lost</td></tr>
   * </table>
   *
   * @throws IllegalArgumentException if the name ends in something else, the format lacks a dtype,
   *     or it is npy and there is not one tensor
   * @throws IllegalStateException if a tensor is a conjugate by a mark alone, see {@link
   *     Tensor#segment}
   * @throws UncheckedIOException if the file can't be written; what stood there before is then
   *     unharmed
   * @throws DeviceMemoryException if there is no memory for a copy
   */
  public static void write(Path path, Map<String, Tensor> tensors) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    String suffix = name.substring(name.lastIndexOf('.') + 1);
    try (Arena passing = Arena.ofConfined()) {
      SequencedMap<String, NpyArray> arrays = new LinkedHashMap<>();
      tensors.forEach((key, tensor) -> arrays.put(key, array(passing, key, tensor)));
      NewFile.write(path, content(path, suffix, arrays));
    }
  }

  private static NewFile.Content content(
      Path path, String suffix, SequencedMap<String, NpyArray> arrays) {
    return switch (suffix) {
      case "pt", "pth", "bin" -> out -> TorchWriter.write(arrays, out);
      case "safetensors" -> out -> Safetensors.write(arrays, out);
      case "npz" -> out -> Npz.write(arrays, out);
      case "npy" -> {
        if (arrays.size() != 1) {
          throw new IllegalArgumentException(
              path + ": an npy file holds one array, got " + arrays.size() + " tensors");
        }
        yield out -> Npy.write(arrays.firstEntry().getValue(), out);
      }
      default ->
          throw new IllegalArgumentException(
              path + ": expected a name that ends in .pt, .pth, .bin, .safetensors, .npz or .npy");
    };
  }

  private static NpyArray array(Arena passing, String name, Tensor tensor) {
    DType dtype = tensor.dtype();
    if (dtype.isQuantized()) {
      throw new IllegalArgumentException(
          "'%s' is %s, which needs more than its elements: write dequantize() of it"
              .formatted(name, dtype));
    }
    boolean isReady = tensor.isContiguous() && tensor.device().isCpu();
    Tensor dense = isReady ? tensor : tensor.keep(passing).to(Device.CPU).contiguous();
    return new NpyArray(dtype, dense.shape(), dense.keep(passing).segment());
  }
}

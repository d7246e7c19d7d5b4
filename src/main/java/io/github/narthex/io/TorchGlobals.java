package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.TensorInfo;
import io.github.narthex.io.PickleReader.BadPickleException;
import io.github.narthex.io.PickleReader.PyNone;
import io.github.narthex.io.PickleReader.PyTuple;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The few names that pickles of tensors refer to, and what they stand for. None of them runs
 * anything: tensors are described by where they lie in the zip.
 */
final class TorchGlobals implements PickleReader.Globals {
  private static final String JIT = "torch.jit._pickle.";
  private static final int MAX_RANK = 64;

  /** Functions and classes that are called. */
  private enum Function {
    ORDERED_DICT,
    SIZE,
    DEVICE,
    TENSOR_V2,
    TENSOR_V3,
    PARAMETER,
    LIST,
    TYPE_TAG
  }

  /** The class of a storage; of an untyped one, which counts bytes, without a dtype. */
  private record StorageType(Optional<DType> dtype) {}

  /** Such as {@code torch.float16}. */
  record DTypeName(DType dtype) {}

  private record TypedStorage(StorageType type, Storage storage) {}

  private final ZipDirectory zip;
  private final String root;
  private final ByteOrder order;
  private final Map<String, Storage> storages = new HashMap<>();

  /**
   * The globals of one file.
   *
   * @param root the folder in the zip, with a slash
   * @param order of the elements
   */
  TorchGlobals(ZipDirectory zip, String root, ByteOrder order) {
    this.zip = zip;
    this.root = root;
    this.order = order;
  }

  @Override
  public Object find(String module, String name) throws BadPickleException {
    String full = module + "." + name;
    if (module.equals("torch") && DTypeNames.torch(name).isPresent()) {
      return new DTypeName(DTypeNames.torch(name).get());
    }
    if (module.equals("torch") && DTypeNames.storage(name).isPresent()) {
      return new StorageType(DTypeNames.storage(name));
    }
    return switch (full) {
      case "collections.OrderedDict" -> Function.ORDERED_DICT;
      case "torch.Size" -> Function.SIZE;
      case "torch.device" -> Function.DEVICE;
      case "torch._utils._rebuild_tensor_v2" -> Function.TENSOR_V2;
      case "torch._utils._rebuild_tensor_v3" -> Function.TENSOR_V3;
      case "torch._utils._rebuild_parameter" -> Function.PARAMETER;
      case JIT + "build_intlist",
          JIT + "build_doublelist",
          JIT + "build_boollist",
          JIT + "build_tensorlist" ->
          Function.LIST;
      case JIT + "restore_type_tag" -> Function.TYPE_TAG;
      case "torch.storage.UntypedStorage", "torch.UntypedStorage" ->
          new StorageType(Optional.empty());
      default ->
          throw new BadPickleException(
              "it refers to %s, which tensors don't need and is not run: save model.state_dict()"
                  .formatted(MappedFile.quote(full)));
    };
  }

  @Override
  public Object call(Object global, PyTuple arguments) throws BadPickleException {
    List<Object> items = arguments.items();
    if (!(global instanceof Function function)) {
      throw new BadPickleException("the pickle calls what is not a function");
    }
    return switch (function) {
      case ORDERED_DICT -> {
        requireCount("OrderedDict", items, 0, 0);
        yield new LinkedHashMap<>();
      }
      case SIZE -> {
        requireCount("Size", items, 1, 1);
        yield as(PyTuple.class, "the sizes of a Size", items.getFirst());
      }
      case DEVICE -> {
        requireCount("device", items, 1, 2);
        String type = as(String.class, "the type of a device", items.getFirst());
        yield items.size() == 1
            ? type
            : type + ":" + as(Long.class, "the index of a device", items.get(1));
      }
      case TENSOR_V2 -> {
        requireCount("_rebuild_tensor_v2", items, 6, 7);
        requireNoFlags(items.size() == 7 ? items.get(6) : PyNone.NONE);
        yield tensor(items, Optional.empty());
      }
      case TENSOR_V3 -> {
        requireCount("_rebuild_tensor_v3", items, 7, 8);
        requireNoFlags(items.size() == 8 ? items.get(7) : PyNone.NONE);
        yield tensor(
            items, Optional.of(as(DTypeName.class, "a tensor's dtype", items.get(6)).dtype));
      }
      case PARAMETER -> {
        requireCount("_rebuild_parameter", items, 3, 3);
        yield as(StoredTensor.class, "a parameter's tensor", items.getFirst());
      }
      case LIST -> {
        requireCount("a list of TorchScript", items, 1, 1);
        yield as(ArrayList.class, "the items of a list", items.getFirst());
      }
      case TYPE_TAG -> {
        requireCount("restore_type_tag", items, 2, 2);
        yield items.getFirst();
      }
    };
  }

  /** What else an OrderedDict has besides its items is not for us. */
  @Override
  public Object setState(Object object, Object state) throws BadPickleException {
    if (!(object instanceof LinkedHashMap<?, ?>)) {
      throw new BadPickleException("the pickle sets the state of what has none");
    }
    return object;
  }

  /** A storage: ('storage', its class, the name of its entry, where it was, how many elements). */
  @Override
  public Object load(Object id) throws BadPickleException {
    List<Object> items = as(PyTuple.class, "the id of a storage", id).items();
    requireCount("the id of a storage", items, 5, 5);
    if (!items.getFirst().equals("storage")) {
      throw new BadPickleException("the pickle refers to what is not a storage");
    }
    StorageType type = as(StorageType.class, "the type of a storage", items.get(1));
    String key = as(String.class, "the key of a storage", items.get(2));
    long count = as(Long.class, "the size of a storage", items.get(4));
    Storage storage = storages.get(key);
    if (storage == null) {
      storage = new Storage(zip.get(root + "data/" + key), 0, order);
      storages.put(key, storage);
    }
    long elementSize = type.dtype.map(DType::byteSize).orElse(1L);
    if (count < 0 || count > storage.byteSize() / elementSize) {
      throw new BadPickleException(
          "storage %s should have %d elements, its entry has %d bytes"
              .formatted(MappedFile.quote(key), count, storage.byteSize()));
    }
    return new TypedStorage(type, storage);
  }

  /** From (storage, offset, sizes, strides, requires_grad, hooks). */
  private static StoredTensor tensor(List<Object> items, Optional<DType> own)
      throws BadPickleException {
    TypedStorage storage = as(TypedStorage.class, "a tensor's storage", items.getFirst());
    Optional<DType> dtype = own.or(() -> storage.type.dtype);
    if (dtype.isEmpty()) {
      throw new BadPickleException("a tensor has no dtype");
    }
    long offset = as(Long.class, "a tensor's offset", items.get(1));
    long[] sizes = numbers("a tensor's sizes", items.get(2));
    long[] strides = numbers("a tensor's strides", items.get(3));
    if (sizes.length != strides.length) {
      throw new BadPickleException(
          "a tensor has %d sizes and %d strides".formatted(sizes.length, strides.length));
    }
    TensorInfo info = new TensorInfo(dtype.get(), Shape.of(sizes));
    return StoredTensor.of(info, storage.storage, offset, strides);
  }

  /** What a view says that computes its elements from others. */
  private static void requireNoFlags(Object metadata) throws BadPickleException {
    if (metadata instanceof LinkedHashMap<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!Boolean.FALSE.equals(entry.getValue())) {
          throw new BadPickleException(
              "it has a tensor with the flag '%s': save x.resolve_conj().resolve_neg() instead"
                  .formatted(MappedFile.quote(String.valueOf(entry.getKey()))));
        }
      }
    } else if (metadata != PyNone.NONE) {
      throw new BadPickleException("a tensor's metadata are not a dict");
    }
  }

  private static long[] numbers(String what, Object value) throws BadPickleException {
    List<Object> items = as(PyTuple.class, what, value).items();
    if (items.size() > MAX_RANK) {
      throw new BadPickleException(
          "a tensor has %d dimensions, more than the %d that are accepted"
              .formatted(items.size(), MAX_RANK));
    }
    long[] numbers = new long[items.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = as(Long.class, what, items.get(i));
      if (numbers[i] < 0) {
        throw new BadPickleException(what + " are negative: " + numbers[i]);
      }
    }
    return numbers;
  }

  private static void requireCount(String what, List<Object> items, int least, int most)
      throws BadPickleException {
    if (items.size() < least || items.size() > most) {
      throw new BadPickleException(what + " has " + items.size() + " parts, which is unknown here");
    }
  }

  private static <T> T as(Class<T> type, String what, @Nullable Object value)
      throws BadPickleException {
    if (!type.isInstance(value)) {
      throw new BadPickleException(what + ": found a value of another kind");
    }
    return type.cast(value);
  }
}

package io.github.narthex;

import io.github.narthex.io.TensorFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Loads a file of a model or of tensors again and again with random damage, in the files' bytes or
 * (with right checksums) in its entries, and counts what became of it. {@link MutatedFilesTest}
 * runs it in a JVM of its own, for libtorch might crash.
 */
final class MutatedFiles {
  private MutatedFiles() {}

  /** Arguments: model or tensors, the kind of damage, how many times, and files. */
  public static void main(String[] arguments) throws IOException {
    boolean isModel = arguments[0].equals("model");
    boolean inEntries = arguments[1].equals("entries");
    boolean inMemory = arguments[1].equals("memory");
    int rounds = Integer.parseInt(arguments[2]);
    Map<String, Integer> outcomes = new TreeMap<>();
    for (String name : Arrays.copyOfRange(arguments, 3, arguments.length)) {
      byte[] whole = Files.readAllBytes(Path.of(name));
      Map<String, byte[]> entries = inEntries ? entries(Path.of(name)) : Map.of();
      for (int seed = 0; seed < rounds; seed++) {
        Random random = new Random(seed);
        byte[] damaged = inEntries ? damageEntry(entries, random) : damage(whole, random);
        // The last one, should the process die of it.
        Path file = Files.write(Path.of("damaged.pt"), damaged);
        String outcome =
            inMemory
                ? outcome(arena -> load(arena, damaged))
                : outcome(
                    arena -> {
                      if (isModel) {
                        inspect(Model.load(arena, file));
                      } else {
                        read(arena, file);
                      }
                    });
        outcomes.merge(outcome, 1, Integer::sum);
      }
    }
    outcomes.forEach((outcome, count) -> System.out.println(outcome + " " + count));
  }

  private static String outcome(Consumer<Arena> reader) {
    LiveHandles before = LiveHandles.now();
    String outcome;
    try (Arena arena = Arena.ofConfined()) {
      reader.accept(arena);
      outcome = "loaded";
    } catch (NarthexException e) {
      boolean isLine = !String.valueOf(e.getMessage()).contains("\n");
      outcome = isLine ? e.getClass().getSimpleName() : "manyLines";
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      outcome = "wrong:" + e.getClass().getSimpleName();
    }
    return before.equals(LiveHandles.now()) ? outcome : "leaked";
  }

  /** From memory that ends with the bytes: to read beyond it ends the process. */
  private static void load(Arena arena, byte[] bytes) {
    MemorySegment memory = GuardedMemory.atEnd(arena, bytes.length);
    memory.copyFrom(MemorySegment.ofArray(bytes));
    Model.extraFiles(memory);
    inspect(Model.load(arena, memory, Device.CPU));
  }

  private static void inspect(Model model) {
    model.methods();
    model.parameters();
    model.buffers();
    model.operators();
  }

  /** Copies the elements, for which they must be there; of tensors that repeat theirs, not all. */
  private static void read(Arena arena, Path file) {
    for (Tensor tensor : TensorFile.read(arena, file).values()) {
      if (tensor.elementCount() <= 1 << 20) {
        tensor.copy(arena);
      }
    }
  }

  static byte[] damage(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    switch (random.nextInt(6)) {
      case 5 -> {
        int from = random.nextInt(bytes.length);
        int to = random.nextInt(bytes.length);
        int length = random.nextInt(1 + Math.min(64, bytes.length - Math.max(from, to)));
        System.arraycopy(whole, from, bytes, to, length);
      }
      case 4 -> {
        int at = random.nextInt(bytes.length);
        bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 64));
        System.arraycopy(whole, at, bytes, bytes.length - whole.length + at, whole.length - at);
      }
      case 0 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      case 1 -> {
        // The directory at the end is what most of a zip hangs on.
        for (int i = random.nextInt(1, 5); i > 0; i--) {
          bytes[bytes.length - 1 - random.nextInt(Math.min(bytes.length, 600))] =
              (byte) random.nextInt();
        }
      }
      default -> {
        for (int i = random.nextInt(1, 9); i > 0; i--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
    return bytes;
  }

  private static Map<String, byte[]> entries(Path file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          entries.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    return entries;
  }

  /** The same zip with one entry damaged. */
  private static byte[] damageEntry(Map<String, byte[]> entries, Random random) throws IOException {
    String victim = entries.keySet().stream().toList().get(random.nextInt(entries.size()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        boolean isVictim = entry.getKey().equals(victim) && entry.getValue().length > 0;
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(isVictim ? damage(entry.getValue(), random) : entry.getValue());
      }
    }
    return out.toByteArray();
  }
}

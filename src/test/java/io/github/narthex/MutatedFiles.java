package io.github.narthex;

import io.github.narthex.internal.torch.LiveHandles;
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
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Loads a model file again and again with random damage, in the files' bytes or (with right
 * checksums) in its entries, and counts what became of it. {@link MutatedFilesTest} runs it in a
 * JVM of its own, for libtorch might crash.
 */
final class MutatedFiles {
  private MutatedFiles() {}

  /** Arguments: the kind of damage, how many times, and files. */
  public static void main(String[] arguments) throws IOException {
    boolean inEntries = arguments[0].equals("entries");
    boolean inMemory = arguments[0].equals("memory");
    int rounds = Integer.parseInt(arguments[1]);
    Map<String, Integer> outcomes = new TreeMap<>();
    for (String name : Arrays.copyOfRange(arguments, 2, arguments.length)) {
      byte[] whole = Files.readAllBytes(Path.of(name));
      Map<String, byte[]> entries = entries(Path.of(name));
      for (int seed = 0; seed < rounds; seed++) {
        Random random = new Random(seed);
        byte[] damaged = inEntries ? damageEntry(entries, random) : damage(whole, random);
        // The last one, should the process die of it.
        Path file = Files.write(Path.of("damaged.pt"), damaged);
        outcomes.merge(inMemory ? outcome(damaged) : outcome(file), 1, Integer::sum);
      }
    }
    outcomes.forEach((outcome, count) -> System.out.println(outcome + " " + count));
  }

  private static String outcome(Path file) {
    return outcome(arena -> Model.load(arena, file));
  }

  /** From memory that ends with the bytes: to read beyond it ends the process. */
  private static String outcome(byte[] bytes) {
    return outcome(
        arena -> {
          MemorySegment memory = GuardedMemory.atEnd(arena, bytes.length);
          memory.copyFrom(MemorySegment.ofArray(bytes));
          Model.extraFiles(memory);
          return Model.load(arena, memory, Device.CPU);
        });
  }

  private static String outcome(Function<Arena, Model> load) {
    LiveHandles before = LiveHandles.now();
    String outcome;
    try (Arena arena = Arena.ofConfined()) {
      Model model = load.apply(arena);
      outcome = "loaded";
      model.methods();
      model.parameters();
      model.buffers();
      model.operators();
    } catch (NarthexException e) {
      boolean isLine = !String.valueOf(e.getMessage()).contains("\n");
      outcome = isLine ? e.getClass().getSimpleName() : "manyLines";
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      outcome = "wrong:" + e.getClass().getSimpleName();
    }
    return before.equals(LiveHandles.now()) ? outcome : "leaked";
  }

  private static byte[] damage(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    switch (random.nextInt(4)) {
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

package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.internal.aoti.PackageCache;
import io.github.narthex.internal.aoti.Preflight;
import io.github.narthex.internal.aoti.TreeSpec;
import io.github.narthex.internal.files.BoundedCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages that are damaged, hostile, or for another machine: nothing of them is run. */
class PackageFileTest {
  @TempDir private Path directory;

  private final FakePackage fake = new FakePackage();

  private String refused(Class<? extends NarthexException> type) throws IOException {
    Path file = fake.in(directory);
    try (Arena arena = Arena.ofConfined()) {
      String message = assertThrows(type, () -> Model.load(arena, file)).getMessage();
      return String.valueOf(message).replace(file.toString(), "FILE");
    }
  }

  @Test
  void codeThatIsNone() throws IOException {
    String message = refused(ModelLoadException.class);
    assertTrue(message.startsWith("FILE can't be loaded: "), message);
  }

  @Test
  void anotherDevice() throws IOException {
    fake.metadata("cuda", "x86_64", "");
    assertEquals(
        "FILE was compiled for cuda and can't run on cpu: compile it for that device",
        refused(UnsupportedException.class));
  }

  @Test
  void anotherMachine() throws IOException {
    fake.metadata("cpu", "riscv64", "");
    assertTrue(
        refused(UnsupportedException.class).startsWith("FILE was compiled for riscv64, and this "));
  }

  @Test
  void instructionsThatThisProcessorLacks() throws IOException {
    fake.spec("2.10.0", "\"sse4_2\", \"avx4096\"");
    assertEquals(
        "FILE was compiled for processors with avx4096, which this one lacks: compile it on this"
            + " machine, or for all such machines with narthex export --isa x86-64-v3",
        refused(UnsupportedException.class));
  }

  @Test
  void anOlderProcessor() throws IOException {
    fake.metadata("cpu", "x86_64", "AVX512 AVX512_VNNI");
    ModelPackage.Compiled model = ModelPackage.read(fake.in(directory)).models().getFirst();
    Set<String> older = Set.of("avx2", "fma", "f16c", "avx512f");
    Set<String> newer =
        Set.of("avx512f", "avx512dq", "avx512vl", "avx512bw", "fma", "avx512_vnni", "amx_tile");
    UnsupportedException refusal =
        assertThrows(
            UnsupportedException.class,
            () -> new Preflight(older, "x86_64", "2.15.0").check("it", model, Device.CPU));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("avx512_vnni, avx512bw, avx512dq, avx512vl"),
        refusal::getMessage);
    new Preflight(newer, "x86_64", "2.15.0").check("it", model, Device.CPU);
  }

  @Test
  void aNewerTorch() throws IOException {
    fake.spec("99.0.0", "");
    assertTrue(
        refused(UnsupportedException.class).startsWith("FILE was compiled by torch 99.0.0, and "));
  }

  @Test
  void aDamagedSpec() throws IOException {
    fake.spec("{\"format\": \"narthex.package/1\"}");
    assertTrue(
        refused(ModelLoadException.class)
            .startsWith("FILE is a damaged package: extra/narthex.json: "));
    fake.spec("[");
    assertTrue(refused(ModelLoadException.class).startsWith("FILE is a damaged package: "));
    fake.spec("{\"format\": \"a later one\"}");
    assertTrue(ModelPackage.read(fake.in(directory)).models().getFirst().spec().isEmpty());
  }

  @Test
  void noMetadata() throws IOException {
    fake.withoutMetadata();
    assertEquals(
        "FILE is a damaged package: it has no metadata of the model 'model'",
        refused(ModelLoadException.class));
  }

  @Test
  void anEntryOutsideOfTheDirectory() throws IOException {
    fake.with("net/../../outside", "x");
    assertEquals(
        "FILE is a damaged package: the entry 'net/../../outside' would be written outside of its"
            + " directory",
        refused(ModelLoadException.class));
    Path cache = directory.resolve("cache");
    Path file = fake.in(directory);
    PackageCache own = new PackageCache(new BoundedCache(cache, 1 << 20));
    assertThrows(ModelLoadException.class, () -> own.unpacked(file, "digest"));
    assertFalse(Files.exists(directory.resolve("outside")));
    try (var left = Files.list(cache)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void thePrivateCacheHasABound() throws IOException {
    PackageCache cache = new PackageCache(new BoundedCache(directory.resolve("cache"), 100));
    Path first = cache.unpacked(fake.in(directory), "first");
    assertEquals(
        "no library", Files.readString(first.resolve(FakePackage.CODE.substring("net/".length()))));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(first)));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.cache().directory())));
    assertEquals(first, cache.unpacked(fake.in(directory), "first"));
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofDays(1)));
    Path abandoned = Files.createDirectory(cache.cache().directory().resolve(".part-1"));
    Files.setLastModifiedTime(abandoned, longAgo);
    Path current = Files.createDirectory(cache.cache().directory().resolve(".part-2"));
    Files.setLastModifiedTime(first, longAgo);
    Path second = cache.unpacked(fake.in(directory), "second");
    assertTrue(Files.exists(second));
    assertFalse(Files.exists(first), "200 bytes of 100 that are allowed");
    assertFalse(Files.exists(abandoned));
    assertTrue(Files.exists(current), "another process may be at it");
  }

  @Test
  void whoeverIsFirstToUnpackHasUnpacked() throws IOException {
    BoundedCache cache = new BoundedCache(directory.resolve("cache"), 1 << 20);
    Path entry =
        cache.entry(
            "digest",
            late -> {
              Files.writeString(late.resolve("content"), "late");
              var _ =
                  cache.entry("digest", first -> Files.writeString(first.resolve("content"), ""));
            });
    assertEquals("", Files.readString(entry.resolve("content")));
    try (var left = Files.list(cache.directory())) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void callSpecificationsOfPython() {
    String leaf = "{\"type\": null, \"context\": null, \"children_spec\": []}";
    String dict =
        "{\"type\": \"builtins.dict\", \"context\": \"[\\\"a\\\", \\\"b\\\"]\", \"children_spec\":"
            + " ["
            + leaf
            + ", "
            + leaf
            + "]}";
    assertEquals(2, TreeSpec.parse("[1, " + dict + "]").orElseThrow().leaves());
    assertTrue(TreeSpec.parse("").isEmpty());
    assertTrue(TreeSpec.parse("[1]").isEmpty());
    assertTrue(TreeSpec.parse("[1, {\"type\": \"builtins.list\"}]").isEmpty());
  }
}

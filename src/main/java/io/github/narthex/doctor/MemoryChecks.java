package io.github.narthex.doctor;

import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.internal.text.Bytes;
import io.github.narthex.strategy.Cgroup;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory: how much there is for the heap and beside it. */
record MemoryChecks(SystemFiles files, JavaFacts java) {
  private static final String HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/enabled";
  private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");

  /** JVM and libtorch take 200 MB, a small model as much again. */
  private static final long LITTLE_BYTES = 500_000_000;

  private static final double MOST_FOR_HEAP = 0.75;

  Section section() {
    return new Checklist("memory")
        .add("memory", this::memory)
        .add("heap", this::heap)
        .add("huge pages", this::hugePages)
        .section();
  }

  /** What the process may have: the machine's, or a group's limit. */
  private OptionalLong usable() {
    OptionalLong all = files.memoryBytes("MemTotal");
    OptionalLong limit = Cgroup.of(files.root()).memoryLimitBytes();
    if (all.isEmpty() || limit.isEmpty()) {
      return all.isEmpty() ? limit : all;
    }
    return OptionalLong.of(Math.min(all.getAsLong(), limit.getAsLong()));
  }

  private Finding memory() {
    OptionalLong usable = usable();
    if (usable.isEmpty()) {
      return Finding.ok("not known: /proc/meminfo does not say");
    }
    OptionalLong all = files.memoryBytes("MemTotal");
    OptionalLong free = files.memoryBytes("MemAvailable");
    String found =
        (all.isPresent() && usable.getAsLong() < all.getAsLong()
                ? "limited to %s of %s"
                    .formatted(Bytes.text(usable.getAsLong()), Bytes.text(all.getAsLong()))
                : Bytes.text(usable.getAsLong()) + ", no limit")
            + (free.isPresent() ? "; the machine has %s free".formatted(text(free)) : "");
    boolean isLittle = Math.min(usable.getAsLong(), free.orElse(Long.MAX_VALUE)) < LITTLE_BYTES;
    return isLittle
        ? Finding.warning(
            found,
            "Java and libtorch take about 200 MB without any model: raise the limit, or end other"
                + " processes")
        : Finding.ok(found);
  }

  private static String text(OptionalLong bytes) {
    return Bytes.text(bytes.getAsLong());
  }

  private Finding heap() {
    OptionalLong usable = usable();
    String found = "up to " + Bytes.text(java.maxHeapBytes());
    if (usable.isEmpty() || java.maxHeapBytes() <= MOST_FOR_HEAP * usable.getAsLong()) {
      return Finding.ok(found);
    }
    return Finding.warning(
        found + ", of " + text(usable),
        "tensors lie outside of the heap: lower -Xmx (-XX:MaxRAMPercentage) so that models fit"
            + " beside it");
  }

  private Finding hugePages() {
    String line = files.first(HUGE_PAGES).orElse("");
    Matcher chosen = CHOSEN.matcher(line);
    if (!chosen.find()) {
      return Finding.ok("not known: the kernel has no transparent huge pages");
    }
    return switch (chosen.group(1)) {
      case "always" -> Finding.ok("always");
      case "madvise" ->
          Finding.ok(
              "for those who ask",
              "libtorch asks for tensors of 2 MiB and more if THP_MEM_ALLOC_ENABLE=1 is set; bench"
                  + " tells whether it helps");
      default ->
          Finding.ok(
              "never",
              "as root: echo madvise > /"
                  + HUGE_PAGES
                  + "; then libtorch can ask for them by"
                  + " THP_MEM_ALLOC_ENABLE=1");
    };
  }
}

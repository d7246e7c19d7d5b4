package io.github.narthex.profile;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.EventRow;
import io.github.narthex.internal.torch.ProfilerHandle;
import io.github.narthex.internal.torch.TensorHandle;
import io.github.narthex.internal.torch.ValueReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ends a recording and reads what it holds. */
final class RecordedEvents {
  private RecordedEvents() {}

  static List<ProfiledEvent> read(ProfilerHandle profiler) {
    try (Arena arena = Arena.ofConfined();
        CallFrame frame = new CallFrame(0, 1)) {
      profiler.stop(frame);
      ValueReader result = frame.result(0);
      List<String> names = new ArrayList<>();
      ValueReader texts = result.item(0);
      for (int i = 0; i < texts.length(); i++) {
        names.add(texts.item(i).string());
      }
      TensorHandle table = result.item(1).tensor(arena);
      MemorySegment rows = Objects.requireNonNullElse(table.elements(arena), MemorySegment.NULL);
      List<ProfiledEvent> events = new ArrayList<>();
      for (long i = 0; i < EventRow.count(rows); i++) {
        events.add(event(new EventRow(rows, i), names));
      }
      return events;
    }
  }

  private static ProfiledEvent event(EventRow row, List<String> names) {
    return new ProfiledEvent(
        switch (row.kind()) {
          case OPERATOR -> ProfiledEvent.Kind.OPERATOR;
          case RANGE -> ProfiledEvent.Kind.RANGE;
          case MEMORY -> ProfiledEvent.Kind.MEMORY;
          case DEVICE -> ProfiledEvent.Kind.DEVICE;
          case OTHER -> ProfiledEvent.Kind.OTHER;
        },
        names.get(row.name()),
        row.startNanos(),
        row.durationNanos(),
        row.thread(),
        row.deviceIndex(),
        name(row.shapes(), names),
        name(row.module(), names),
        row.flops(),
        row.bytes(),
        row.correlation());
  }

  private static @Nullable String name(int position, List<String> names) {
    return position < 0 ? null : names.get(position);
  }
}

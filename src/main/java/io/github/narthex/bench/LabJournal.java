package io.github.narthex.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import io.github.narthex.InputException;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a laboratory has found out, an event a line, written as soon as it is known: whoever is
 * ended at any point reads it again and goes on. A line that was cut off is dropped.
 */
final class LabJournal implements AutoCloseable {
  private static final long NANOS_PER_MS = 1_000_000;

  private final Gson gson =
      new GsonBuilder().serializeSpecialFloatingPointValues().disableHtmlEscaping().create();
  private final Path file;
  private final List<Event> events;
  private final long openedNanos = System.nanoTime();
  private @Nullable FileChannel out;
  private Duration before = Duration.ZERO;

  /**
   * What happened to a candidate. What does not belong to the kind of event is null.
   *
   * @param elapsedMs since the search began, without the time in which it did not run
   * @param turn its number among the candidate's, or of the pair
   */
  private record Event(
      String kind,
      long elapsedMs,
      String recipe,
      String threads,
      long batch,
      @Nullable Status status,
      @Nullable String reason,
      Protocol.@Nullable Loaded loaded,
      Protocol.@Nullable WarmedUp warmedUp,
      @Nullable Answers answers,
      @Nullable PeakMemory peak,
      Protocol.@Nullable Ran ran,
      int baselineTurn,
      int turn) {
    /** Journals of before it was written have none. */
    PeakMemory peakMemory() {
      return peak == null ? PeakMemory.NONE : peak;
    }

    Candidate candidate() {
      return new Candidate(recipe, Threads.parse(threads), batch);
    }
  }

  /** The first line: figures of one machine say nothing of another. */
  private record Beginning(@Nullable String site) {}

  /** An {@link Accuracy} without fields that JSON can't have. */
  private record Answers(
      double maxAbs,
      double maxRel,
      double meanAbs,
      double cosine,
      double argmaxAgreement,
      double signalError,
      int inputs,
      @Nullable String mismatch,
      @Nullable TopAccuracy top,
      List<Answers> outputs) {
    static Answers of(Accuracy accuracy) {
      return new Answers(
          accuracy.maxAbs(),
          accuracy.maxRel(),
          accuracy.meanAbs(),
          accuracy.cosine(),
          accuracy.argmaxAgreement(),
          accuracy.signalError(),
          accuracy.inputs(),
          accuracy.mismatch().orElse(null),
          accuracy.top().orElse(null),
          accuracy.outputs().stream().map(Answers::of).toList());
    }

    Accuracy accuracy() {
      return new Accuracy(
          maxAbs,
          maxRel,
          meanAbs,
          cosine,
          argmaxAgreement,
          signalError,
          inputs,
          Optional.ofNullable(mismatch),
          Optional.ofNullable(top),
          outputs.stream().map(Answers::accuracy).toList());
    }
  }

  private LabJournal(Path file, List<Event> events) {
    this.file = file;
    this.events = events;
  }

  /**
   * Opens a journal, which need not exist yet.
   *
   * @param site the machine and the software that figures are taken on, for people
   * @throws InputException if it has figures of another machine or software
   * @throws UncheckedIOException if it can't be read or written
   */
  static LabJournal open(Path file, String site) {
    List<Event> events = new ArrayList<>();
    LabJournal journal = new LabJournal(file, events);
    try {
      long whole = 0;
      if (Files.exists(file)) {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        int from = journal.begin(text, site);
        int end = from == 0 ? -1 : text.indexOf('\n', from);
        for (; end >= 0; end = text.indexOf('\n', from)) {
          Event event = journal.event(text.substring(from, end));
          if (event == null) {
            break;
          }
          events.add(event);
          journal.before = Duration.ofMillis(event.elapsedMs());
          from = end + 1;
        }
        whole = text.substring(0, from).getBytes(StandardCharsets.UTF_8).length;
      }
      FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      out.truncate(whole);
      out.position(whole);
      journal.out = out;
      if (whole == 0) {
        journal.write(journal.gson.toJsonTree(new Beginning(site)));
      }
      return journal;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Where the first event begins; 0 if what was written does not even say where that was. */
  private int begin(String text, String site) {
    int end = text.indexOf('\n');
    Beginning beginning = end < 0 ? null : parse(text.substring(0, end), Beginning.class);
    if (beginning == null || beginning.site() == null) {
      return 0;
    }
    if (!beginning.site().equals(site)) {
      throw new InputException(
          "%s was measured on %s, and this is %s: begin anew"
              .formatted(file, beginning.site(), site));
    }
    return end + 1;
  }

  private @Nullable Event event(String line) {
    Event event = parse(line, Event.class);
    return event == null || event.recipe() == null ? null : event;
  }

  private <T> @Nullable T parse(String line, Class<T> type) {
    try {
      return gson.fromJson(line, type);
    } catch (JsonParseException e) {
      return null; // cut off, or not ours: what follows can't be trusted
    }
  }

  /** How long the search had run when the journal was last written to. */
  Duration before() {
    return before;
  }

  /** Brings lanes to where they were, once. */
  void replay(Function<Candidate, Lane> lanes, Lane baseline, double maxError) {
    for (Event event : events) {
      Lane lane = lanes.apply(event.candidate());
      switch (event.kind()) {
        case "entered" -> lane.restore(event.loaded(), event.warmedUp(), event.peakMemory());
        case "turn" -> {
          if (event.ran() != null) {
            lane.ran(event.ran());
          }
        }
        case "pair" ->
            Contest.pair(
                lane, baseline.turns().get(event.baselineTurn()), lane.turns().get(event.turn()));
        default -> {}
      }
      if (event.answers() != null) {
        lane.judge(event.answers().accuracy(), maxError);
      }
      if (event.status() != null && !event.status().measured()) {
        lane.fail(event.status(), String.valueOf(event.reason()));
      }
    }
    events.clear(); // lanes have it now
  }

  void entered(Candidate candidate, Lane lane) {
    write("entered", candidate, lane, null, 0, 0);
  }

  void failed(Candidate candidate, Lane lane) {
    write("failed", candidate, lane, null, 0, 0);
  }

  void turn(Candidate candidate, Lane lane, Disturbance disturbance) {
    write("turn", candidate, lane, new Protocol.Ran(lane.turns().getLast(), disturbance), 0, 0);
  }

  void pair(Candidate candidate, Lane lane, int baselineTurn, int turn) {
    write("pair", candidate, lane, null, baselineTurn, turn);
  }

  private void write(
      String kind,
      Candidate candidate,
      Lane lane,
      Protocol.@Nullable Ran ran,
      int baselineTurn,
      int turn) {
    write(
        gson.toJsonTree(
            new Event(
                kind,
                before().toMillis() + (System.nanoTime() - openedNanos) / NANOS_PER_MS,
                candidate.recipe(),
                candidate.threads().toString(),
                candidate.batch(),
                lane.status(),
                lane.reason(),
                kind.equals("entered") ? lane.loadedReply() : null,
                kind.equals("entered") ? lane.warmedUpReply() : null,
                kind.equals("entered") ? answers(lane) : null,
                lane.peak(),
                ran,
                baselineTurn,
                turn)));
  }

  private void write(JsonElement line) {
    FileChannel channel = out;
    if (channel == null) {
      return;
    }
    try {
      var bytes = StandardCharsets.UTF_8.encode(line + "\n");
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable Answers answers(Lane lane) {
    Accuracy accuracy = lane.accuracy();
    return accuracy == null ? null : Answers.of(accuracy);
  }

  @Override
  public void close() {
    FileChannel channel = out;
    if (channel != null) {
      out = null;
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
      }
    }
  }
}

package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Lab;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.internal.text.Numbers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Finds out cheaply what candidates are worth: a few short turns beside the baseline. What is
 * behind is dropped, and its process ends.
 */
final class Scout {
  static final int ROUNDS = 3;

  /** What is this much behind after scouting will not win; turns of scouting scatter by less. */
  static final double BEHIND = 0.87;

  private static final long TURN_NANOS = 150_000_000;

  private final Lab lab;
  private final Board board;
  private final Path files;
  private final Consumer<String> say;

  /** Candidates whose processes run, but for the baseline's. */
  private final List<Candidate> present = new ArrayList<>();

  /**
   * A scout.
   *
   * @param files where files may be written for a while
   * @param say is told what was found
   */
  Scout(Lab lab, Board board, Path files, Consumer<String> say) {
    this.lab = lab;
    this.board = board;
    this.files = files;
    this.say = say;
  }

  /**
   * Measures the model as it is.
   *
   * @throws WorkerFailure if it does not run
   */
  Entry baseline(Candidate candidate) {
    Measurement entered = lab.enter(candidate);
    if (!entered.status().measured()) {
      throw new WorkerFailure(
          entered.status(), "the model does not run as it is: " + entered.reason());
    }
    for (int i = 0; i < ROUNDS && lab.measurement(candidate).latency() == null; i++) {
      lab.round(List.of(), TURN_NANOS);
    }
    Entry entry = save(update(candidate));
    say.accept("%s: %s, the baseline".formatted(candidate, figures(entry)));
    board.outcome(candidate, "the baseline");
    return entry;
  }

  /** Measures a candidate, if that was not done before. */
  Entry scout(Candidate candidate) {
    if (board.knows(candidate)) {
      return board.entry(candidate);
    }
    makeRoom(lab.room() - 1);
    Measurement entered = lab.enter(candidate);
    if (entered.status().measured()) {
      present.add(candidate);
      while (lab.rounds(candidate) < ROUNDS && isAlive(candidate)) {
        lab.round(List.of(candidate), TURN_NANOS);
      }
    }
    Entry entry = update(candidate);
    if (entry.holds()) {
      entry = save(entry);
    }
    report(entry);
    dropWhatIsBehind();
    return entry;
  }

  /** Ends the processes of all others. */
  void keepOnly(List<Candidate> candidates) {
    for (Candidate candidate : List.copyOf(present)) {
      if (!candidates.contains(candidate)) {
        leave(candidate);
      }
    }
    present.clear();
    present.addAll(candidates);
  }

  /** Takes what was measured since. */
  Entry update(Candidate candidate) {
    return board.put(candidate, lab.measurement(candidate));
  }

  private boolean isAlive(Candidate candidate) {
    return lab.measurement(candidate).status().measured();
  }

  /** The size of a file is known when it is written; what can't be written can't be deployed. */
  private Entry save(Entry entry) {
    Candidate candidate = entry.candidate();
    Path file = files.resolve("size.pt");
    try {
      return board.putFile(candidate, lab.save(candidate, file));
    } catch (WorkerFailure e) {
      return board.reject(candidate, "can't be saved to a file: " + e.reason());
    } finally {
      delete(file);
    }
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file + ": " + e.getMessage(), e);
    }
  }

  private void report(Entry entry) {
    Candidate candidate = entry.candidate();
    String objection = entry.objection();
    String text =
        objection == null
            ? "%s, %s".formatted(figures(entry), Numbers.times(board.merit(entry)))
            : entry.measurement().latency() == null
                ? objection
                : figures(entry) + ", but " + objection;
    board.outcome(candidate, objection == null ? "scouted" : objection);
    say.accept(candidate + ": " + text);
  }

  private static String figures(Entry entry) {
    Measurement row = entry.measurement();
    Latency latency = row.latency();
    Double items = row.throughputPerS();
    return "%s ms, %s items/s"
        .formatted(
            latency == null ? "?" : Numbers.text(latency.p50Ms()),
            items == null ? "?" : Numbers.text(items));
  }

  private void dropWhatIsBehind() {
    List<Entry> ranking = board.ranking();
    if (ranking.isEmpty()) {
      return;
    }
    double best = board.merit(ranking.getFirst());
    for (Candidate candidate : List.copyOf(present)) {
      Entry entry = board.entry(candidate);
      if (!entry.holds()) {
        leave(candidate);
      } else if (board.merit(entry) < BEHIND * best) {
        board.outcome(
            candidate,
            "dropped after scouting: %s against %s"
                .formatted(Numbers.times(board.merit(entry)), Numbers.times(best)));
        leave(candidate);
      }
    }
  }

  private void leave(Candidate candidate) {
    lab.leave(candidate);
    present.remove(candidate);
  }

  /** The worst ones go; they come back if they have to. */
  private void makeRoom(int most) {
    List<Entry> ranking = new ArrayList<>(board.ranking());
    ranking.removeIf(entry -> !present.contains(entry.candidate()));
    while (present.size() > Math.max(0, most) && !ranking.isEmpty()) {
      leave(ranking.removeLast().candidate());
    }
  }
}

package io.github.narthex.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * Where candidates are tried beside a baseline, which is the first one that enters. In earnest each
 * is a process; what searches does not need to know.
 *
 * <p>Figures grow as a candidate has turns: {@link #measurement} gives those so far. The speed-up
 * in them compares calls; see {@link Candidate#itemsPerCall} for candidates with other batches.
 */
public interface Lab extends AutoCloseable {
  /** Nanoseconds on a clock that only goes on. */
  long nanoTime();

  /** How many candidates can be there at once beside the baseline, at least 1. */
  int room();

  /**
   * Brings a candidate to where it can have turns: loads the model, applies the recipe, warms up,
   * and compares answers with the baseline's. What was already found out is not done again.
   */
  Measurement enter(Candidate candidate);

  /**
   * A round: each candidate has a turn next to one of the baseline. Those that are not there, but
   * have entered before, come back.
   *
   * @param turnNanos about how long a turn is
   */
  void round(List<Candidate> candidates, long turnNanos);

  /** What is known of a candidate that has entered. */
  Measurement measurement(Candidate candidate);

  /** How many rounds a candidate has had. */
  int rounds(Candidate candidate);

  /** Makes room: the candidate's process ends, what is known of it stays. */
  void leave(Candidate candidate);

  /**
   * Saves the model as the candidate runs it.
   *
   * @return the bytes of the file
   * @throws WorkerFailure if that can't be done; says why
   */
  long save(Candidate candidate, Path file);

  /**
   * Where the time of a candidate's forwards goes.
   *
   * @throws WorkerFailure if that can't be found out; says why
   */
  List<OperatorShare> profile(Candidate candidate, long forwards);

  /**
   * What becomes of a file that {@link #save} has written: it is loaded anew, and its answers are
   * compared with the baseline's.
   */
  Measurement verify(Path file, Candidate candidate);

  @Override
  void close();
}

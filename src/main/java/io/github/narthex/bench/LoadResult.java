package io.github.narthex.bench;

import io.github.narthex.load.RateSearch;
import io.github.narthex.strategy.Threads;
import java.util.List;
import java.util.Optional;

/**
 * What came of loading a model.
 *
 * @param inputs the model's inputs, for people
 * @param batch the size of their first dimension
 * @param threads inside an operator, and how many requests were served at the same time
 * @param samples how many different ones requests took in turn
 * @param data where these come from; empty if they were made up
 * @param notes what applying the recipe came to
 * @param steady whether forwards had become no faster when the first load began
 * @param rows in the order in which they were run
 * @param found what a search has found; empty if there was none, or it could not be ended
 * @param peakRssBytes the most memory that the worker had; 0 if that is not known
 */
public record LoadResult(
    Environment environment,
    ModelInfo model,
    LoadTask task,
    List<String> inputs,
    long batch,
    Threads threads,
    int samples,
    Optional<Workload.Data> data,
    List<String> notes,
    boolean steady,
    List<LoadRow> rows,
    Optional<RateSearch.Found> found,
    long peakRssBytes) {
  /** The lists are copied. */
  public LoadResult {
    inputs = List.copyOf(inputs);
    notes = List.copyOf(notes);
    rows = List.copyOf(rows);
  }

  /** Whether anything was measured, and what was searched for was found. */
  public boolean isUseful() {
    boolean measured = rows.stream().anyMatch(row -> row.outcome() != null);
    boolean searched = task.mode() instanceof LoadMode.Search;
    return measured && (!searched || found.filter(RateSearch.Found::isPossible).isPresent());
  }

  /** What it means, in a sentence or two. */
  public String verdict() {
    return LoadVerdict.of(this);
  }
}

package io.github.narthex.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A result as its file has it.
 *
 * @param file its name
 * @param schema for example {@code narthex.bench/1}
 * @param time when it was measured; empty where that is not known
 * @param machine what describes the machine, by what it is
 * @param conditions what else figures depend on: software, model, workload
 * @param stability its verdict and reasons; empty where there are none
 * @param taken which share of the processors' time others took; 0 where that is not known
 */
public record Document(
    String file,
    String schema,
    String time,
    Map<String, String> machine,
    Map<String, String> conditions,
    String stability,
    double taken,
    List<Row> rows) {
  /** The collections are copied, and keep their order. */
  public Document {
    machine = new LinkedHashMap<>(machine);
    conditions = new LinkedHashMap<>(conditions);
    rows = List.copyOf(rows);
  }
}

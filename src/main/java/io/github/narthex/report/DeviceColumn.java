package io.github.narthex.report;

import io.github.narthex.bench.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A table's last column, with the memory of the device that each row had at its peak.
 *
 * @param isThere whether one of the rows was measured on a device
 */
record DeviceColumn(boolean isThere) {
  static DeviceColumn of(Stream<Measurement> rows) {
    return new DeviceColumn(rows.map(Measurement::peakDeviceBytes).anyMatch(Objects::nonNull));
  }

  List<String> header(List<String> titles) {
    return with(titles, "on device");
  }

  List<String> units(List<String> units) {
    return with(units, "MB");
  }

  List<String> cells(List<String> cells, Measurement row) {
    return with(cells, Figures.megabytes(row.peakDeviceBytes()));
  }

  private List<String> with(List<String> cells, String last) {
    if (!isThere) {
      return cells;
    }
    List<String> all = new ArrayList<>(cells);
    all.add(last);
    return all;
  }
}

package io.github.narthex.cli;

import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Doctor;
import io.github.narthex.doctor.Finding;
import io.github.narthex.report.DoctorJson;
import io.github.narthex.report.DoctorTable;
import io.github.narthex.report.Json;

/** {@code narthex doctor}. */
final class DoctorCommand {
  private DoctorCommand() {}

  static int run(Arguments arguments, Streams streams) {
    ResultFiles files = ResultFiles.of(arguments, "--json");
    Diagnosis diagnosis = Doctor.ofThisProcess().examine();
    files.write("--json", () -> Json.text(DoctorJson.of(diagnosis)), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(DoctorTable.text(diagnosis));
    }
    return diagnosis.worst() == Finding.Status.ERROR ? ExitCode.NATIVE : ExitCode.OK;
  }
}

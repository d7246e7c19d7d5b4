package io.github.narthex.report;

import com.google.gson.JsonObject;
import io.github.narthex.Version;
import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Finding;

/** A diagnosis as JSON. */
public final class DoctorJson {
  /** Says which fields a document has. A new field, or a new check, leaves it as it is. */
  public static final String SCHEMA = "narthex.doctor/1";

  private DoctorJson() {}

  /** The document. */
  public static JsonObject of(Diagnosis diagnosis) {
    JsonObject document = Json.document(SCHEMA);
    document.addProperty("narthex", Version.NARTHEX);
    document.addProperty("status", diagnosis.worst().toString());
    document.addProperty("errors", diagnosis.count(Finding.Status.ERROR));
    document.addProperty("warnings", diagnosis.count(Finding.Status.WARNING));
    document.add("checks", DoctorTable.lines(diagnosis).json());
    return document;
  }
}

package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.Version;
import io.github.narthex.doctor.Check;
import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Finding;
import io.github.narthex.doctor.Section;

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
    JsonArray checks = new JsonArray();
    for (Section section : diagnosis.sections()) {
      section.checks().forEach(check -> checks.add(check(section, check)));
    }
    document.add("checks", checks);
    return document;
  }

  private static JsonObject check(Section section, Check check) {
    Finding finding = check.finding();
    JsonObject object = new JsonObject();
    object.addProperty("section", section.title());
    object.addProperty("name", check.name());
    object.addProperty("status", finding.status().toString());
    object.addProperty("found", finding.found());
    object.add("advice", Json.text(finding.advice().isEmpty() ? null : finding.advice()));
    return object;
  }
}

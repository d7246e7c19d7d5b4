package io.github.narthex.report;

import com.google.gson.JsonObject;
import io.github.narthex.Version;
import io.github.narthex.check.Item;
import io.github.narthex.check.Review;

/** A production check as JSON. */
public final class CheckJson {
  /** Says which fields a document has. A new field, or a new item, leaves it as it is. */
  public static final String SCHEMA = "narthex.check/1";

  private CheckJson() {}

  /** The document. */
  public static JsonObject of(Review review) {
    JsonObject document = Json.document(SCHEMA);
    document.addProperty("narthex", Version.NARTHEX);
    document.addProperty("model", review.model());
    document.addProperty("met", review.count(Item.State.MET));
    document.addProperty("not_met", review.count(Item.State.NOT_MET));
    document.addProperty("unknown", review.count(Item.State.UNKNOWN));
    document.add("checks", CheckTable.lines(review).json());
    return document;
  }
}

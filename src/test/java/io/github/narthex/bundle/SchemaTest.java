package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The JSON schema, for editors, says the same as the code that reads the file. */
class SchemaTest {
  private static JsonObject schema() throws IOException {
    try (InputStream in = BundleSpec.class.getResourceAsStream("narthex.schema.json")) {
      assertNotNull(in);
      return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .getAsJsonObject();
    }
  }

  private static JsonObject at(JsonObject schema, String key) {
    return key.isEmpty() ? schema : schema.getAsJsonObject("properties").getAsJsonObject(key);
  }

  private static List<String> keys(JsonObject schema) {
    assertEquals(false, schema.get("additionalProperties").getAsBoolean());
    return List.copyOf(schema.getAsJsonObject("properties").keySet());
  }

  @Test
  void hasTheKeysThatAreRead() throws IOException {
    Map<String, List<String>> expected =
        Map.of(
            "", SpecReader.KEYS,
            "model", SpecReader.MODEL,
            "run", SpecReader.RUN,
            "limits", SpecReader.LIMITS,
            "accuracy", SpecReader.ACCURACY,
            "proven", SpecReader.PROVEN,
            "policy", SpecReader.POLICY);
    for (var entry : expected.entrySet()) {
      assertEquals(entry.getValue(), keys(at(schema(), entry.getKey())), entry.getKey());
    }
    assertEquals(SpecReader.SOURCE, keys(at(at(schema(), "model"), "source")));
  }

  @Test
  void hasTheValuesThatAreRead() throws IOException {
    assertEquals(BundleSpec.SCHEMA, at(schema(), "schema").get("const").getAsString());
    assertEquals(Configuration.GOALS, words(at(schema(), "goal").getAsJsonArray("enum")));
    JsonObject policy = at(schema(), "policy");
    for (String key : SpecReader.POLICY) {
      assertEquals(
          Arrays.stream(Configuration.Reaction.values()).map(SpecReader::word).toList(),
          words(at(policy, key).getAsJsonArray("enum")));
    }
    JsonObject run = at(schema(), "run");
    assertEquals(SpecReader.MAX_BATCH, at(run, "batch").get("maximum").getAsInt());
    assertEquals(SpecReader.MAX_QUEUE, at(run, "queue").get("maximum").getAsInt());
    assertEquals(Configuration.Run.STANDARD_QUEUE, at(run, "queue").get("default").getAsInt());
  }

  private static List<String> words(Iterable<JsonElement> array) {
    List<String> words = new ArrayList<>();
    array.forEach(word -> words.add(word.getAsString()));
    return words;
  }

  /** Each key is explained where people look for it. */
  @Test
  void theDocumentationHasEachKey() throws IOException {
    Path docs = Fixtures.path("").resolve("../../../docs/bundle.md").normalize();
    String text = Files.readString(docs);
    List<String> keys = new ArrayList<>(SpecReader.KEYS);
    SpecReader.MODEL.forEach(key -> keys.add("model." + key));
    SpecReader.RUN.forEach(key -> keys.add("run." + key));
    SpecReader.LIMITS.forEach(key -> keys.add("limits." + key));
    SpecReader.ACCURACY.forEach(key -> keys.add("accuracy." + key));
    SpecReader.PROVEN.forEach(key -> keys.add("proven." + key));
    SpecReader.POLICY.forEach(key -> keys.add("policy." + key));
    for (String key : keys) {
      assertTrue(text.contains("`" + key + "`"), key);
    }
  }
}

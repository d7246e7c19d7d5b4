/** PyTorch models on the JVM. */
module io.github.narthex {
  requires com.google.gson;
  requires java.management;
  requires org.snakeyaml.engine;
  // Optional: a run-time image may lack the Flight Recorder; see FlightEvents.
  requires static jdk.jfr;
  // Optional: only who uses the extension for tests has JUnit.
  requires static org.junit.jupiter.api;
  requires static transitive org.jspecify;

  exports io.github.narthex;
  exports io.github.narthex.bundle;
  exports io.github.narthex.gpu;
  exports io.github.narthex.io;
  exports io.github.narthex.junit;
  exports io.github.narthex.models;
  exports io.github.narthex.profile;
  exports io.github.narthex.strategy;

  opens io.github.narthex.bench to
      com.google.gson;
  opens io.github.narthex.doctor to
      com.google.gson;
  opens io.github.narthex.load to
      com.google.gson;
}

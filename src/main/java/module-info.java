/** PyTorch models on the JVM. */
module io.github.narthex {
  requires com.google.gson;
  requires static transitive org.jspecify;

  exports io.github.narthex;
}

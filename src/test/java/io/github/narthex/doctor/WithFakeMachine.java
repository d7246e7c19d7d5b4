package io.github.narthex.doctor;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what is found on a machine, each on one of its own with which nothing is wrong. */
abstract class WithFakeMachine {
  @TempDir Path root;

  FakeMachine machine;

  @BeforeEach
  void make() {
    machine = new FakeMachine(root);
  }
}

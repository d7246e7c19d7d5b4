package io.github.narthex.internal.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.FunctionDescriptor;
import org.junit.jupiter.api.Test;

class EarlyLinkerTest {
  @Test
  void signaturesAreThoseOfTheHeader() throws ReflectiveOperationException {
    NativeLibrary.require();
    for (EarlyLinker.Function function : EarlyLinker.FUNCTIONS) {
      FunctionDescriptor bound =
          (FunctionDescriptor)
              Narthex.class.getMethod(function.name() + "$descriptor").invoke(null);
      assertEquals(
          bound.toMethodType(),
          EarlyLinker.descriptor(function.signature()).toMethodType(),
          function.name());
    }
  }
}

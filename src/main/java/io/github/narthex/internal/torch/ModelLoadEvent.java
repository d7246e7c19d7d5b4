package io.github.narthex.internal.torch;

import io.github.narthex.Device;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** The loading of a model, also one that fails. */
@Name("io.github.narthex.ModelLoad")
@Label("Model Load")
@Description("A TorchScript archive is read and its code compiled")
@Category("Narthex")
final class ModelLoadEvent extends Event {
  @Label("File")
  @Description("Its path; memory if it was not loaded from a file")
  String file = "";

  @Label("Size")
  @DataAmount
  long bytes;

  @Label("Device")
  String device = "";

  static ModelLoadEvent begun() {
    ModelLoadEvent event = new ModelLoadEvent();
    event.begin();
    return event;
  }

  void finish(String source, long byteSize, Device target) {
    end();
    if (shouldCommit()) {
      file = source;
      bytes = byteSize;
      device = target.toString();
      commit();
    }
  }
}

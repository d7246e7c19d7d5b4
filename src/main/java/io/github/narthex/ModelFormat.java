package io.github.narthex;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * What a model file is, as far as its directory or its first bytes tell. Of these, TorchScript is
 * what {@code Model.load} takes; of each other, {@link #advice} says why not and what to do.
 */
public enum ModelFormat {
  /** A TorchScript archive; whether its version is too new, libtorch says. */
  TORCHSCRIPT("TorchScript", "a TorchScript model, which can be run"),

  /** {@code torch.save} of a dictionary: a state_dict or a checkpoint with one in it. */
  STATE_DICT(
      "state_dict or checkpoint",
      "weights without the model's code (a state_dict or a checkpoint), which can't be run: "
          + Export.FROM_PYTHON.replace("load it", "build the model and load the weights into it")),

  /** {@code torch.save} of a whole module: its class is needed to read it. */
  PICKLED_MODULE(
      "pickled module",
      "a pickled Python module (torch.save of a model), which only Python with the model's classes"
          + " reads: "
          + Export.FROM_PYTHON),

  /** {@code torch.save} of a tensor, or of a list or tuple. */
  PICKLED_DATA(
      "saved tensors",
      "data saved by torch.save (tensors, a list or a tuple), not a model: a TorchScript file is"
          + " what torch.jit.script(model).save(path) or torch.jit.trace(model, example).save(path)"
          + " writes"),

  /** The format that {@code torch.save} wrote before torch 1.6. */
  LEGACY_PICKLE(
      "torch.save before 1.6",
      "in the format that torch.save had before torch 1.6, a bare pickle that only Python reads: "
          + Export.SAVE_AGAIN),

  /** The tar format that {@code torch.save} wrote before torch 0.1.10. */
  LEGACY_TAR(
      "torch.save before 0.1.10",
      "in the format that torch.save had before torch 0.1.10, a tar that only Python reads: "
          + Export.SAVE_AGAIN),

  /** A pickle that torch did not write. */
  PICKLE(
      "pickle",
      "a Python pickle that torch.save did not write, which only Python reads: "
          + Export.FROM_PYTHON),

  /** A package compiled by AOTInductor. */
  AOT_INDUCTOR(
      "AOTInductor package",
      "an AOTInductor package, which is compiled code and can't be changed or saved again: use the"
          + " model it was compiled from"),

  /** {@code torch.export.save}: a graph without compiled code. */
  TORCH_EXPORT(
      "torch.export program",
      "a torch.export program, for which libtorch has no runtime: in Python,"
          + " torch.jit.trace(torch.export.load(path).module(), example).save(\"model.pt\")"),

  /** ONNX, a protobuf. */
  ONNX(
      "ONNX",
      "an ONNX model, which libtorch can't run: export the PyTorch model it was made from with"
          + " torch.jit.trace(model.eval(), example).save(\"model.pt\")"),

  /** Tensors by name, without code. */
  SAFETENSORS(
      "safetensors",
      "weights without the model's code (safetensors), which can't be run: "
          + Export.FROM_PYTHON.replace("load it", "build the model and load the weights into it")),

  /** One array in NumPy's format. */
  NPY(
      "npy",
      "an array (NumPy's npy), not a model: give it as an input, or use the TorchScript file of a"
          + " model"),

  /** Arrays by name in NumPy's format. */
  NPZ(
      "npz",
      "arrays by name (NumPy's npz), not a model: a TorchScript file is what"
          + " torch.jit.trace(model, example).save(path) writes"),

  /** The format of llama.cpp. */
  GGUF(
      "GGUF",
      "a GGUF file (llama.cpp), whose weights libtorch can't run: use the PyTorch model it was made"
          + " from, and torch.jit.trace(model.eval(), example).save(\"model.pt\")"),

  /** Keras 3: a zip of a configuration and weights. */
  KERAS(
      "Keras", "a Keras model, which libtorch can't run: a PyTorch version of the model is needed"),

  /** HDF5, which older Keras writes. */
  HDF5(
      "HDF5",
      "an HDF5 file (often a Keras model), which libtorch can't run: a PyTorch version of the model"
          + " is needed"),

  /** A directory with saved_model.pb. */
  TENSORFLOW_SAVED_MODEL(
      "TensorFlow SavedModel",
      "a TensorFlow SavedModel, which libtorch can't run: a PyTorch version of the model is"
          + " needed"),

  /** TensorFlow Lite. */
  TENSORFLOW_LITE(
      "TensorFlow Lite",
      "a TensorFlow Lite model, which libtorch can't run: a PyTorch version of the model is"
          + " needed"),

  /** A zip whose end, where its directory is, is missing or damaged. */
  DAMAGED_ZIP(
      "damaged zip",
      "the beginning of a zip without a readable directory at its end: the file is truncated or"
          + " damaged; copy or download it again"),

  /** A zip of something else. */
  OTHER_ZIP(
      "zip",
      "a zip that is not a TorchScript archive (no code/ and constants.pkl): "
          + Export.FROM_PYTHON.replace("load it", "load the model")),

  /** The text that Git leaves in place of a file kept by Git LFS. */
  GIT_LFS_POINTER(
      "Git LFS pointer",
      "a Git LFS pointer, not the file itself: run git lfs pull where it came from"),

  /** A web page, as a failed download leaves it. */
  WEB_PAGE("web page", "a web page, not a model: the download went wrong; fetch the file again"),

  /** A directory with narthex.yaml. */
  BUNDLE(
      "bundle", "a bundle, a directory with a model and how it is run: open it with Bundle.open"),

  /** A directory that is nothing of the above. */
  DIRECTORY("directory", "a directory, where the file of a TorchScript model was expected"),

  /** A file of no bytes. */
  EMPTY("empty file", "an empty file: the copy or download went wrong; fetch the file again"),

  /** None of the above. */
  UNKNOWN(
      "unknown",
      "of a format that is not known here; a TorchScript file is what torch.jit.script(model)"
          + ".save(path) or torch.jit.trace(model, example).save(path) writes");

  /** The texts that several constants share; an enum can't have them before its constants. */
  private static final class Export {
    static final String FROM_PYTHON =
        "in Python, load it and save torch.jit.trace(model.eval(), example) or"
            + " torch.jit.script(model.eval()) with .save(\"model.pt\")";

    /** What the file holds is not known: tensors or a model. */
    static final String SAVE_AGAIN =
        "load it there and save it again, tensors (a state_dict) with torch.save, a model with"
            + " torch.jit.trace(model.eval(), example).save(\"model.pt\")";
  }

  private final String description;
  private final String advice;

  ModelFormat(String description, String advice) {
    this.description = description;
    this.advice = advice;
  }

  /**
   * Looks at a file or directory without running anything in it. Reads its first bytes and, of a
   * zip, the directory and a few small entries; the size of the file does not matter, nor whether
   * libtorch is there.
   *
   * @throws ModelLoadException if there is no such file
   * @throws ModelLoadException if it can't be read
   */
  public static ModelFormat detect(Path file) {
    return FormatDetector.detect(file);
  }

  /** The same for the bytes of a file, on the heap or native. */
  public static ModelFormat detect(MemorySegment bytes) {
    return FormatDetector.detect(bytes);
  }

  /** Whether {@code Model.load} takes such a file. */
  public boolean isRunnable() {
    return this == TORCHSCRIPT || this == AOT_INDUCTOR;
  }

  /** Whether it is tensors and no code, for {@code io.TensorFile}. */
  public boolean isTensors() {
    return switch (this) {
      case STATE_DICT, PICKLED_DATA, SAFETENSORS, NPY, NPZ -> true;
      default -> false;
    };
  }

  /** What it is, in a few words. */
  public String description() {
    return description;
  }

  /**
   * One line that goes on from "the file is": what it is, why it is not run, and how to get one
   * that is.
   */
  public String advice() {
    return advice;
  }
}

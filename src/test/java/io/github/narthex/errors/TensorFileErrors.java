package io.github.narthex.errors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.narthex.Fixtures;
import io.github.narthex.io.Npy;
import io.github.narthex.io.TensorFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

final class TensorFileErrors extends ErrorCases {
  TensorFileErrors(Arena arena, Path root) {
    super(arena, root);
    read("…: it is a TorchScript model, not a file of tensors: use Model.load", "models/mlp.pt");
    read(
        "…: it refers to …, which tensors don't need and is not run: save model.state_dict()",
        "formats/pickled-module.pth");
    read("…: it has a tensor with the flag 'conj': …", "files/refused-conj.pt");
    read("…: it is in the format of torch.save before 1.6, …", "formats/legacy.pth");
    read(
        "…: expected npy, npz, safetensors or a file of torch.save, found …", "formats/model.onnx");
    thrown(
        "… has no tensors under 'x'; of its …, the first are: …",
        () -> TensorFile.read(arena, Fixtures.path("files/checkpoint.pt"), "x"));
    pickle(
        "…: two values are named 'a.b' when keys are joined by dots",
        "}(X\3\0\0\0a.bK\1X\1\0\0\0a}X\1\0\0\0bK\2su.");
    pickle("…: the pickle is cut off…", "}(K\1K\2");
    thrown(
        "…: the header promises …, the file has …",
        () -> {
          Path file = folder().resolve("x.npy");
          byte[] whole = Files.readAllBytes(Fixtures.path("models/mlp.input.0.npy"));
          Files.write(file, Arrays.copyOf(whole, whole.length - 1));
          Npy.read(arena, file);
        });
    said(
        "cannot write …: there is no directory …",
        () -> told("run", "mlp", "--output", folder().resolve("no/x.npy").toString()));
  }

  private void read(String message, String file) {
    thrown(message, () -> TensorFile.open(arena, Fixtures.path(file)));
  }

  /** A file of torch.save that holds that pickle. */
  private void pickle(String message, String pickle) {
    thrown(
        message,
        () -> {
          Path file = folder().resolve("x.pt");
          byte[] bytes = ("\u0080\2" + pickle).getBytes(ISO_8859_1);
          CRC32 crc = new CRC32();
          crc.update(bytes);
          try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            ZipEntry entry = new ZipEntry("a/data.pkl");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(bytes.length);
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write(bytes);
          }
          TensorFile.open(arena, file);
        });
  }
}

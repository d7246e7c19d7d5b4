package io.github.narthex;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tensor's memory is.
 *
 * @param type the kind of device
 * @param index which device of that kind; 0 for the CPU
 */
public record Device(Type type, int index) {
  /** The CPU. */
  public static final Device CPU = new Device(Type.CPU, 0);

  private static final Pattern TEXT =
      Pattern.compile("(cpu|cuda|xpu|mps|privateuseone)(?::(\\d{1,4}))?");

  /** A kind of device. */
  public enum Type {
    /** Host memory. */
    CPU,
    /** An NVIDIA GPU, or one of AMD's with a libtorch for ROCm. */
    CUDA,
    /** A GPU of Intel's. */
    XPU,
    /** A GPU of Apple's. */
    MPS,
    /**
     * A device that a library outside libtorch brings (libtorch's {@code PrivateUse1}); {@link
     * Devices#loadLibrary} loads it.
     */
    PRIVATEUSEONE
  }

  /**
   * A device.
   *
   * @throws IllegalArgumentException if {@code index} is negative, or not 0 for the CPU
   */
  public Device {
    if (index < 0 || (type == Type.CPU && index != 0)) {
      throw new IllegalArgumentException("no device of type " + type + " has the index " + index);
    }
  }

  /**
   * A GPU of CUDA's (or ROCm's). Whether the machine has it shows when it is used.
   *
   * @throws IllegalArgumentException if the index is negative
   */
  public static Device cuda(int index) {
    return new Device(Type.CUDA, index);
  }

  /**
   * Reads {@code cpu}, {@code cuda} (the first GPU), {@code cuda:1}, or the same of {@code xpu},
   * {@code mps} and {@code privateuseone}.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  public static Device parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "unknown device '" + text + "': expected cpu, cuda or cuda:N");
    }
    String index = matcher.group(2);
    return new Device(
        Type.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
        index == null ? 0 : Integer.parseInt(index));
  }

  /** Whether this is the CPU, whose memory the host reads in place. */
  public boolean isCpu() {
    return type == Type.CPU;
  }

  /** {@code cpu} or, for example, {@code cuda:0}. */
  @Override
  public String toString() {
    return isCpu() ? "cpu" : type.name().toLowerCase(Locale.ROOT) + ":" + index;
  }
}

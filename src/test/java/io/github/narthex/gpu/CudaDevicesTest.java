package io.github.narthex.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Device;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaDevicesTest {
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";
  private static final Map<String, String> BY_BUS = Map.of("CUDA_DEVICE_ORDER", "PCI_BUS_ID");

  // NVML's order is not that of the bus.
  private static final GpuStatus A = gpu(0, "H200", "GPU-aa11", "00000000:B0:00.0");
  private static final GpuStatus B = gpu(1, "H200", "GPU-aa22", "00000000:0A:00.0");
  private static final GpuStatus C = gpu(2, "H200", "GPU-cc33", "00000001:01:00.0");
  private static final GpuStatus OLD = gpu(3, "K20", "GPU-dd44", "00000000:0C:00.0");
  private static final Gpus EQUAL = FakeNvml.gpus(A, B, C);
  private static final Gpus MIXED = FakeNvml.gpus(A, B, OLD);

  private static GpuStatus gpu(int index, String name, String uuid, String pciBusId) {
    return FakeNvml.gpu(index, name, uuid, pciBusId, false);
  }

  private static List<Integer> indexes(Gpus gpus, Map<String, String> environment) {
    CudaDevices devices = CudaDevices.of(gpus, environment);
    assertEquals(Optional.empty(), devices.unknown());
    return devices.gpus().stream().map(GpuStatus::index).toList();
  }

  private static void assertUnknown(String reasonHas, Gpus gpus, Map<String, String> environment) {
    CudaDevices devices = CudaDevices.of(gpus, environment);
    assertEquals(List.of(), devices.gpus());
    assertTrue(devices.unknown().orElse("").contains(reasonHas), devices::toString);
  }

  @Test
  void equalGpusGoByTheBus() {
    assertEquals(List.of(1, 0, 2), indexes(EQUAL, Map.of()));
    assertEquals(List.of(1, 0, 2), indexes(EQUAL, Map.of("CUDA_DEVICE_ORDER", "FASTEST_FIRST")));
  }

  @Test
  void gpusThatDiffer() {
    assertEquals(List.of(1, 3, 0), indexes(MIXED, BY_BUS));
    assertUnknown("CUDA's order is by their speed", MIXED, Map.of());
    assertUnknown("CUDA's order is by their speed", MIXED, Map.of(VISIBLE, "0"));
    assertEquals(List.of(3, 1), indexes(MIXED, Map.of(VISIBLE, "GPU-dd44,GPU-aa22")));
  }

  /** NVML's indexes of the GPUs of cuda:0, cuda:1 and so on. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | ''",
        "' ' | ''",
        "0 | 1",
        "2,0 | 2 1",
        "' 1 , 2 ' | 0 2",
        "0,2,-1,1 | 1 2",
        "0,3,1 | 1",
        "-1 | ''",
        "GPU-cc | 2",
        "GPU-aa22,GPU-cc33 | 1 2",
        "GPU-aa2,GPU-nothing,GPU-cc | 1",
        "GPU-aa | ''"
      })
  void visibleDevices(String visible, String expected) {
    assertEquals(
        expected,
        String.join(
            " ",
            indexes(EQUAL, Map.of(VISIBLE, visible)).stream().map(i -> i.toString()).toList()));
  }

  @Test
  void whatIsNotGuessed() {
    assertUnknown("has both indexes and UUIDs", EQUAL, Map.of(VISIBLE, "0,GPU-cc"));
    assertUnknown("names a GPU twice", EQUAL, Map.of(VISIBLE, "1,1"));
    assertUnknown("'1x' in CUDA_VISIBLE_DEVICES is neither", EQUAL, Map.of(VISIBLE, "1x"));
    assertUnknown("'MIG-55' in CUDA_VISIBLE_DEVICES is neither", EQUAL, Map.of(VISIBLE, "MIG-55"));
    GpuStatus silent = gpu(1, "H200", "", "");
    assertUnknown("on which bus", FakeNvml.gpus(A, silent), Map.of());
    assertUnknown("the UUIDs", FakeNvml.gpus(A, silent), Map.of(VISIBLE, "GPU-aa11"));
    assertEquals(List.of(1), indexes(FakeNvml.gpus(silent), Map.of()));
  }

  @Test
  void divided() {
    GpuStatus divided = FakeNvml.gpu(1, "H200", "GPU-ee55", "00000002:01:00.0", true);

    Gpus gpus = FakeNvml.gpus(A, divided);
    assertUnknown("GPU 1 is divided (MIG)", gpus, Map.of());
    assertUnknown("GPU 1 is divided (MIG)", gpus, Map.of(VISIBLE, "0"));
    assertUnknown("GPU 1 is divided (MIG)", gpus, Map.of(VISIBLE, "GPU-ee"));
    assertEquals(List.of(0), indexes(gpus, Map.of(VISIBLE, "GPU-aa")));
  }

  @Test
  void withoutNvml() {
    assertUnknown(
        "the reason",
        Gpus.none(new Gpus.Unavailable(Gpus.Unavailable.Cause.NOT_FOUND, "the reason")),
        Map.of());
  }

  @Test
  void ofADevice() {
    CudaDevices devices = CudaDevices.of(EQUAL, Map.of(VISIBLE, "2,0"));

    assertEquals(Optional.of(C), devices.gpu(Device.cuda(0)));
    assertEquals(Optional.of(B), devices.gpu(Device.cuda(1)));
    assertEquals(Optional.empty(), devices.gpu(Device.cuda(2)));
    assertEquals(Optional.empty(), devices.gpu(Device.CPU));
  }
}

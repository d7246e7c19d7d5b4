// A machine of three GPUs that is not there: one that says everything, an old one that says little,
// and one that is lost. Signatures, layouts and codes are those of the NVML API reference
// (https://docs.nvidia.com/deploy/nvml-api). Functions that are not here are missing, as in an old
// driver.

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#ifndef FAKE_NVML_INIT
#define FAKE_NVML_INIT SUCCESS
#endif

enum {
  SUCCESS = 0,
  INVALID_ARGUMENT = 2,
  NOT_SUPPORTED = 3,
  INSUFFICIENT_SIZE = 7,
  GPU_IS_LOST = 15,
  MISMATCH = 18
};

enum { GPUS = 3 };

struct gpu {
  const char* name;
  const char* uuid;
  const char* pci;
  int major;
  int minor;
  unsigned int power;  // mW
  unsigned int clocks[4];
  unsigned int most_clocks[4];
  int speaks;  // of everything
};

static const struct gpu gpus[GPUS] = {
    {"NVIDIA Fake H200",
     "GPU-11111111-aaaa-bbbb-cccc-000000000000",
     "00000000:B0:00.0",
     9,
     0,
     350000,
     {1755, 1750, 3201, 1500},
     {1980, 1985, 3202, 1545},
     1},
    {"Tesla Fake K20",
     "GPU-22222222-aaaa-bbbb-cccc-000000000000",
     "00000000:0A:00.0",
     3,
     5,
     60000,
     {705, 706, 2600, 540},
     {758, 759, 2601, 540},
     0},
    {"lost", "GPU-33333333", "00000000:0C:00.0", 0, 0, 0, {0}, {0}, 0},
};

typedef const struct gpu* device_t;

struct pci_info {
  char short_id[16];
  unsigned int numbers[5];
  char id[32];
};

struct memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

struct utilization {
  unsigned int gpu;
  unsigned int memory;
};

static int write_text(const char* text, char* out, unsigned int size) {
  if (strlen(text) >= size) {
    return INSUFFICIENT_SIZE;
  }
  memcpy(out, text, strlen(text) + 1);
  return SUCCESS;
}

int nvmlInit_v2(void) { return FAKE_NVML_INIT; }

const char* nvmlErrorString(int code) {
  switch (code) {
    case NOT_SUPPORTED:
      return "Not Supported";
    case GPU_IS_LOST:
      return "GPU is lost";
    case MISMATCH:
      return "Driver/library version mismatch";
    default:
      return "Unknown Error";
  }
}

int nvmlSystemGetDriverVersion(char* out, unsigned int size) {
  return write_text("580.65.06", out, size);
}

int nvmlSystemGetCudaDriverVersion_v2(int* out) {
  *out = 13010;
  return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned int* out) {
  *out = GPUS;
  return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device_t* out) {
  if (index >= GPUS) {
    return INVALID_ARGUMENT;
  }
  if (index == GPUS - 1) {
    return GPU_IS_LOST;
  }
  *out = &gpus[index];
  return SUCCESS;
}

int nvmlDeviceGetName(device_t gpu, char* out, unsigned int size) {
  return write_text(gpu->name, out, size);
}

int nvmlDeviceGetUUID(device_t gpu, char* out, unsigned int size) {
  return write_text(gpu->uuid, out, size);
}

int nvmlDeviceGetPciInfo_v3(device_t gpu, struct pci_info* out) {
  snprintf(out->short_id, sizeof out->short_id, "%s", gpu->pci + 4);
  memset(out->numbers, 0xff, sizeof out->numbers);
  return write_text(gpu->pci, out->id, sizeof out->id);
}

int nvmlDeviceGetCudaComputeCapability(device_t gpu, int* major, int* minor) {
  *major = gpu->major;
  *minor = gpu->minor;
  return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(device_t gpu, struct memory* out) {
  (void)gpu;
  *out = (struct memory){150000000000, 149000000000, 1000000000};
  return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(device_t gpu, struct utilization* out) {
  *out = (struct utilization){97, 41};
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

// The old one gives NVML_VALUE_NOT_AVAILABLE.
int nvmlDeviceGetTemperature(device_t gpu, int sensor, unsigned int* out) {
  *out = gpu->speaks ? 54 : -1U;
  return sensor == 0 ? SUCCESS : INVALID_ARGUMENT;
}

int nvmlDeviceGetPowerUsage(device_t gpu, unsigned int* out) {
  *out = gpu->power;
  return SUCCESS;
}

// Each look at it finds 5 J more.
int nvmlDeviceGetTotalEnergyConsumption(device_t gpu, unsigned long long* out) {
  static atomic_ullong energy = 1000000;
  *out = atomic_fetch_add(&energy, 5000);
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetClockInfo(device_t gpu, int type, unsigned int* out) {
  *out = gpu->clocks[type];
  return SUCCESS;
}

int nvmlDeviceGetMaxClockInfo(device_t gpu, int type, unsigned int* out) {
  *out = gpu->most_clocks[type];
  return SUCCESS;
}

// The power cap, the hardware's slowdown because of heat, and one that is not in the reference.
int nvmlDeviceGetCurrentClocksEventReasons(device_t gpu, unsigned long long* out) {
  *out = 0x8000000000000044;
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

// The former name of the function, which old drivers have.
int nvmlDeviceGetCurrentClocksThrottleReasons(device_t gpu, unsigned long long* out) {
  (void)gpu;
  *out = 0x1;
  return SUCCESS;
}

int nvmlDeviceGetEccMode(device_t gpu, int* current, int* pending) {
  *current = 1;
  *pending = 0;
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

// Aggregate counts and corrected errors are others.
int nvmlDeviceGetTotalEccErrors(device_t gpu, int type, int counter, unsigned long long* out) {
  *out = type == 1 && counter == 0 ? 2 : 77;
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetMigMode(device_t gpu, unsigned int* current, unsigned int* pending) {
  *current = 0;
  *pending = 1;
  return gpu->speaks ? SUCCESS : NOT_SUPPORTED;
}

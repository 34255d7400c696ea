// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The SM clock at this moment, from the driver's NVML, which need not be there.

#include <cuda_runtime_api.h>
#include <dlfcn.h>

namespace bench {

class sm_clock {
 public:
  sm_clock() {
    library_ = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library_) return;
    auto const start = find<int (*)()>("nvmlInit_v2");
    auto const by_bus = find<int (*)(char const*, void**)>("nvmlDeviceGetHandleByPciBusId_v2");
    read_ = find<int (*)(void*, int, unsigned*)>("nvmlDeviceGetClockInfo");
    char bus[32] = {};
    int device = 0;
    bool const found = start && by_bus && read_ && start() == 0 && cudaGetDevice(&device) == cudaSuccess &&
                       cudaDeviceGetPCIBusId(bus, sizeof bus, device) == cudaSuccess && by_bus(bus, &device_) == 0;
    if (!found) read_ = nullptr;
  }
  sm_clock(sm_clock const&) = delete;
  sm_clock& operator=(sm_clock const&) = delete;
  ~sm_clock() {
    if (!library_) return;
    if (auto const stop = find<int (*)()>("nvmlShutdown")) stop();
    dlclose(library_);
  }

  /// In MHz; 0 where it cannot be asked.
  unsigned now() const {
    constexpr int sm = 1;  // NVML_CLOCK_SM
    unsigned mhz = 0;
    return read_ && read_(device_, sm, &mhz) == 0 ? mhz : 0;
  }

 private:
  template <class Function>
  Function find(char const* name) const {
    return reinterpret_cast<Function>(dlsym(library_, name));
  }

  void* library_ = nullptr;
  void* device_ = nullptr;
  int (*read_)(void*, int, unsigned*) = nullptr;
};

}  // namespace bench

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side: memory that kernels can reach, on the GPU or on the simulator. Include it by itself: the umbrella header
// leaves it out, since it needs <vector>.

#include <lanefold/base/traits.cuh>
#include <lanefold/host/launch.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Owns `size` values in device memory; pass `data()` to kernels. Movable, not copyable. Throws std::runtime_error with
/// the size asked for when memory runs out or a copy fails (a kernel's earlier fault surfaces here too).
template <class T>
class device_array {
  static_assert(traits::trivially_copyable<T>, "device_array copies bytes between host and device");
  static_assert(!traits::same<T, bool>,
                "device_array<bool>: std::vector<bool> holds no bytes to copy; use unsigned char");

 public:
  explicit device_array(std::size_t size) : size_(size) {
    if (size_ == 0) return;
    require(size_ <= static_cast<std::size_t>(-1) / sizeof(T)
                ? backend::allocate(&data_, size_ * sizeof(T))
                : status("lanefold: allocate: more bytes than there are addresses"));
  }
  explicit device_array(std::vector<T> const& values) : device_array(values.size()) { copy_from(values); }
  device_array(device_array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  device_array& operator=(device_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~device_array() { backend::release(data_); }

  T* data() const { return static_cast<T*>(data_); }
  std::size_t size() const { return size_; }

  /// Waits for the device, then copies everything to the host.
  std::vector<T> to_host() const {
    std::vector<T> values(size_);
    if (size_ != 0) require(backend::copy_to_host(values.data(), data_, size_ * sizeof(T)));
    return values;
  }
  /// Waits for the device, then copies `values`, as many as the array has.
  void copy_from(std::vector<T> const& values) {
    if (values.size() != size_) {
      throw std::runtime_error("lanefold: device_array: copy_from got " + std::to_string(values.size()) +
                               " values, and the array has " + std::to_string(size_));
    }
    if (size_ != 0) require(backend::copy_to_device(data_, values.data(), size_ * sizeof(T)));
  }

 private:
  void require(status const& done) const {
    if (!done) {
      throw std::runtime_error(std::string(done.message()) + " (device_array of " + std::to_string(size_) +
                               " values of " + std::to_string(sizeof(T)) + " bytes)");
    }
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

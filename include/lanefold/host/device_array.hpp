// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side: memory that kernels can reach, on the GPU or on the simulator. Include it by itself: the umbrella header
// leaves it out, since it needs <vector>.

#include <lanefold/base/views.cuh>
#include <lanefold/host/launch.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace lanefold {

/// Owns `size` values in device memory; pass `data()` or `view()` to kernels. Movable, not copyable. Throws error with
/// the size asked for when memory runs out or a copy fails (a kernel's earlier fault surfaces here too).
template <class T>
class LANEFOLD_HOST_WORD device_array {
  static_assert(traits::trivially_copyable<T>, "device_array copies bytes between host and device");
  static_assert(!traits::same<T, bool>,
                "device_array<bool>: std::vector<bool> holds no bytes to copy; use unsigned char");

 public:
  explicit device_array(std::size_t size) : size_(size) {
    if (size_ == 0) return;
    require(size_ <= static_cast<std::size_t>(-1) / sizeof(T)
                ? backend::allocate(&data_, size_ * sizeof(T))
                : status(status_kind::bad_argument, "lanefold: allocate: more bytes than there are addresses"));
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

  T* data() { return static_cast<T*>(data_); }
  T const* data() const { return static_cast<T const*>(data_); }
  std::size_t size() const { return size_; }
  lanefold::view<T> view() { return {data(), static_cast<long long>(size_)}; }
  lanefold::view<T const> view() const { return {data(), static_cast<long long>(size_)}; }

  /// Waits for the device, then copies everything to the host.
  std::vector<T> to_host() const { return to_host(default_queue()); }
  /// Waits for the device, then copies `values`, as many as the array has.
  void copy_from(std::vector<T> const& values) { copy_from(default_queue(), values); }

  /// The same after what the queue was given before, and waiting for nothing else.
  std::vector<T> to_host(queue& q) const {
    alignas(T) unsigned char const zeros[sizeof(T)] = {};  // T need not have a default constructor
    std::vector<T> values(size_, reinterpret_cast<T const&>(zeros));
    if (size_ != 0) require(backend::copy(q.stream(), "copy to host", values.data(), data_, size_ * sizeof(T)));
    return values;
  }
  void copy_from(queue& q, std::vector<T> const& values) {
    if (values.size() != size_) {
      throw error(status::failure(status_kind::bad_argument,
                                  "lanefold: device_array: copy_from got %zu values, and the array has %zu",
                                  values.size(), size_));
    }
    if (size_ != 0) require(backend::copy(q.stream(), "copy to device", data_, values.data(), size_ * sizeof(T)));
  }

 private:
  void require(status const& done) const {
    if (done) return;
    throw error(
        status::failure(done.kind(), "%s (device_array of %zu values of %zu bytes)", done.message(), size_, sizeof(T)));
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lanefold

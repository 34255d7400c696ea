// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/config.cuh>
#include <lanefold/host/error.hpp>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/stream.hpp>
#else
#include <lanefold/backend/cuda/stream.hpp>
#endif

namespace lanefold {

/// A stream, and the workspace that host calls on it use: since they run one after the other, one is enough for all.
/// Host calls take it first, as device calls take the group. Movable, not copyable; one host thread at a time uses it.
/// It belongs to the device that was current when it was made.
class LANEFOLD_HOST_WORD queue {
 public:
  /// A queue of its own stream. Throws error if there can be none.
  queue() : owns_stream_(true) { error::unless_ok(backend::make_stream(&stream_)); }
  /// A queue on a stream that exists already and outlives it (on the GPU a cudaStream_t; null is the default stream).
  explicit queue(backend::stream stream) noexcept : stream_(stream) {}
  queue(queue&& other) noexcept : queue(backend::stream{}) { swap(other); }
  queue& operator=(queue&& other) noexcept {
    swap(other);
    return *this;
  }
  ~queue() {
    release_workspace();
    if (owns_stream_) backend::destroy_stream(stream_);
  }

  backend::stream stream() const { return stream_; }

  /// Makes the workspace at least `bytes` large; what it held may be gone. Host calls ask it for what they need: then it
  /// grows in the order of the stream's work. Inside a stream capture it never allocates: reserve what the captured
  /// calls need before. The graph then uses this workspace: it outlives neither the queue nor a larger reserve.
  [[nodiscard]] status reserve(size_t bytes) {
    if (bytes <= workspace_bytes_) return status();
    if (!owns_workspace_) {
      return status::failure(status_kind::bad_argument,
                             "lanefold: queue: %zu bytes of workspace are needed, and the memory given to it has %zu",
                             bytes, workspace_bytes_);
    }
    bool capturing = false;
    if (status failed = backend::ask_capturing(stream_, &capturing); !failed) return failed;
    if (capturing) {
      return status::failure(status_kind::bad_argument,
                             "lanefold: queue: %zu bytes of workspace are needed, it has %zu, and cannot grow inside a "
                             "stream capture: call reserve(%zu) before",
                             bytes, workspace_bytes_, bytes);
    }
    release_workspace();
    status const allocated = backend::allocate(stream_, &workspace_, bytes);
    if (allocated) {
      workspace_bytes_ = bytes;
      return status();
    }
    workspace_ = nullptr;
    return status::failure(allocated.kind(), "%s (a workspace of %zu bytes)", allocated.message(), bytes);
  }
  void* workspace() const { return workspace_; }
  size_t workspace_bytes() const { return workspace_bytes_; }

  /// From now on the workspace is this memory, which never grows and outlives the queue.
  void use_workspace(void* memory, size_t bytes) {
    release_workspace();
    workspace_ = memory;
    workspace_bytes_ = bytes;
    owns_workspace_ = false;
  }

 private:
  void release_workspace() {
    if (owns_workspace_ && workspace_ != nullptr) backend::release(stream_, workspace_);
    workspace_ = nullptr;
    workspace_bytes_ = 0;
  }
  template <class T>
  static void swap(T& mine, T& others) {
    T const kept = mine;
    mine = others;
    others = kept;
  }
  void swap(queue& other) {
    swap(stream_, other.stream_);
    swap(owns_stream_, other.owns_stream_);
    swap(workspace_, other.workspace_);
    swap(workspace_bytes_, other.workspace_bytes_);
    swap(owns_workspace_, other.owns_workspace_);
  }

  backend::stream stream_{};
  bool owns_stream_ = false;
  void* workspace_ = nullptr;
  size_t workspace_bytes_ = 0;
  bool owns_workspace_ = true;
};

inline namespace LANEFOLD_BACKEND {

/// This thread's queue on the default stream, for calls that name none.
inline queue& default_queue() {
  thread_local queue of_this_thread{backend::stream{}};
  return of_this_thread;
}

/// Waits for everything started on the queue. Errors of the kernels before it are reported here.
[[nodiscard]] inline status synchronize(queue& q) { return backend::wait(q.stream()); }
[[nodiscard]] inline status synchronize() { return backend::wait(backend::stream{}); }

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

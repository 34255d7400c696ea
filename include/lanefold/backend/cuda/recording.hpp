// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/cuda/stream.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// Work that is recorded once, as a graph, and replayed between two events on a stream of its own.
class recording {
 public:
  recording() = default;
  recording(recording const&) = delete;
  recording& operator=(recording const&) = delete;
  ~recording() {
    if (graph_ != nullptr) (void)cudaGraphExecDestroy(graph_);
    for (cudaEvent_t event : events_)
      if (event != nullptr) (void)cudaEventDestroy(event);
    if (stream_ != nullptr) destroy_stream(stream_);
  }

  /// Once: records what `work(stream)`, which returns a status, starts on the stream. Nothing of it runs.
  template <class Work>
  status make(Work const& work) {
    status done = make_stream(&stream_);
    for (cudaEvent_t& event : events_)
      if (done) done = to_status("event", cudaEventCreate(&event));
    if (done) done = to_status("capture", cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    if (!done) return done;
    done = work(stream_);
    cudaGraph_t graph = nullptr;
    status const ended = to_status("capture", cudaStreamEndCapture(stream_, &graph));
    if (done) done = ended;
    if (done) done = to_status("graph", cudaGraphInstantiateWithFlags(&graph_, graph, 0));
    if (graph != nullptr) (void)cudaGraphDestroy(graph);
    return done;
  }

  /// Runs what make recorded, and waits.
  status replay(double* microseconds) {
    status done = to_status("event", cudaEventRecord(events_[0], stream_));
    if (done) done = to_status("graph", cudaGraphLaunch(graph_, stream_));
    if (done) done = to_status("event", cudaEventRecord(events_[1], stream_));
    if (done) done = to_status("graph", cudaEventSynchronize(events_[1]));
    float milliseconds = 0;
    if (done) done = to_status("event", cudaEventElapsedTime(&milliseconds, events_[0], events_[1]));
    *microseconds = 1000.0 * static_cast<double>(milliseconds);
    return done;
  }

 private:
  stream stream_ = nullptr;
  cudaGraphExec_t graph_ = nullptr;
  cudaEvent_t events_[2] = {};
};

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// One way to multiply, as the benchmark sees it, and how long a call of it takes.

#include "gemm_operands.cuh"

#include <functional>

namespace bench::gemm {

/// Enqueues C = A B. Is called with several sets of operands, is captured into a graph, and must not allocate.
using call = std::function<void(cudaStream_t, operands const&)>;

/// Calls one after the other, each with the next set of operands, as one graph.
class chain_of_calls {
 public:
  chain_of_calls(cudaStream_t stream, operand_sets& sets, call const& run, int calls) : stream_(stream), calls_(calls) {
    cudaGraph_t graph = nullptr;
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    try {
      for (int i = 0; i < calls; ++i) run(stream, sets[i % sets.count()]);
    } catch (...) {
      (void)cudaStreamEndCapture(stream, &graph);
      if (graph) (void)cudaGraphDestroy(graph);
      (void)cudaGetLastError();
      throw;
    }
    require(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    cudaError_t const made = cudaGraphInstantiate(&replay_, graph, 0);
    (void)cudaGraphDestroy(graph);
    require(made, "cudaGraphInstantiate");
    require(cudaGraphUpload(replay_, stream), "cudaGraphUpload");
  }
  chain_of_calls(chain_of_calls&& other) noexcept
      : stream_(other.stream_), calls_(other.calls_), replay_(std::exchange(other.replay_, nullptr)) {}
  ~chain_of_calls() {
    if (replay_) (void)cudaGraphExecDestroy(replay_);
  }

  int calls() const { return calls_; }
  lf::status launch() {
    cudaError_t const error = cudaGraphLaunch(replay_, stream_);
    if (error == cudaSuccess) return {};
    return lf::status(lf::status_kind::device_fault, cudaGetErrorString(error));
  }

 private:
  cudaStream_t stream_;
  int calls_;
  cudaGraphExec_t replay_ = nullptr;
};

/// What an implementation may use while it prepares: the row's memory, a workspace, and a clock for choosing.
class workbench {
 public:
  static constexpr std::size_t workspace_bytes = std::size_t{64} << 20;

  explicit workbench(problem const& p) : sets(p) {}

  operand_sets sets;
  cudaStream_t stream() const { return queue_.stream(); }
  void* workspace() { return workspace_.data(); }

  /// Microseconds of `run()`, which enqueues onto the stream.
  template <class Run>
  double time(Run run) {
    return 1e3 * watch_.time([&]() -> lf::status { return run(); }, stream());
  }

  /// Microseconds of one call, roughly: for choosing between algorithms and how many calls make a sample.
  double estimate(call const& run) {
    auto const repeated = [&](int count) {
      return time([&] {
               for (int i = 0; i < count; ++i) run(stream(), sets[i % sets.count()]);
               return lf::status();
             }) /
             count;
    };
    repeated(1);  // modules are loaded at the first call
    double const once = repeated(1);
    return once > 500 ? once : repeated(10);
  }

  /// So many calls that a sample takes `us` microseconds; some more where fewer would find their operands in the L2.
  chain_of_calls chain(call const& run, double us) {
    double const calls = std::clamp(us / estimate(run), 1.0, 2000.0);
    return {stream(), sets, run, std::max(static_cast<int>(calls), std::min(sets.count(), 8))};
  }

  /// Microseconds of one call of the chain. It runs twice, and the second time counts: the first hides what launching a
  /// graph takes, and leaves caches and clocks as this implementation has them.
  double sample(chain_of_calls& timed) {
    require(timed.launch());
    return time([&] { return timed.launch(); }) / timed.calls();
  }

  /// Microseconds of one call, the least of three samples of a millisecond.
  double graph_time(call const& run) {
    chain_of_calls timed = chain(run, 1000);
    double best = sample(timed);
    for (int i = 0; i < 2; ++i) best = std::min(best, sample(timed));
    return best;
  }

  /// The call of the least graph_time; nothing where there is none. One that fails does not take part.
  call fastest(std::vector<call> const& candidates) {
    call best;
    double best_us = 0;
    for (call const& candidate : candidates) {
      double us = 0;
      try {
        us = graph_time(candidate);
      } catch (std::runtime_error const&) {  // libraries name some that they refuse when called
        (void)cudaGetLastError();
        require(cudaStreamSynchronize(stream()), "a candidate");
        continue;
      }
      if (!best || us < best_us) {
        best = candidate;
        best_us = us;
      }
    }
    return best;
  }

 private:
  lf::queue queue_;
  stopwatch watch_;
  lf::device_array<unsigned char> workspace_{workspace_bytes};
};

/// A loop over the groups, each by the call that `prepare(its problem)` gives; nothing where one is refused.
template <class Prepare>
call for_each_group(problem const& p, Prepare prepare) {
  std::vector<call> calls(p.groups);
  for (int i = 0; i < p.groups; ++i) {
    problem const one = p.group(i);
    if (one.m > 0 && !(calls[i] = prepare(one))) return {};
  }
  return [p, calls](cudaStream_t stream, operands const& o) {
    for (int i = 0; i < p.groups; ++i)
      if (calls[i]) calls[i](stream, p.group(o, i));
  };
}

/// Add one to the list in gemm_bench.cu:
///
///   {"lanefold_mma", [](problem const& p) { return p.type == type::bf16; },
///    [](problem const& p, workbench&) -> call {
///      return [p](cudaStream_t stream, operands const& o) {
///        lf::queue q(stream);
///        require(...);
///      };
///    }}
struct implementation {
  std::string name;
  /// Whether the row exists at all; asked before there is a GPU.
  std::function<bool(problem const&)> supports;
  /// Chooses and allocates what its calls need; they own it. Nothing in return: it refuses the problem.
  std::function<call(problem const&, workbench&)> prepare;
};

}  // namespace bench::gemm

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// One of CUTLASS's GEMM kernels for Hopper, as its CollectiveBuilder makes them: bf16, sums in float, no beta.

#include "kernels.hpp"

#include <cutlass/cutlass.h>

#include <cutlass/gemm/device/gemm_universal_adapter.h>
#include <cutlass/epilogue/collective/collective_builder.hpp>
#include <cutlass/gemm/collective/collective_builder.hpp>
#include <cutlass/gemm/kernel/gemm_universal.hpp>
#include <cutlass/util/packed_stride.hpp>

#include <memory>

namespace bench::gemm::cutlass_peer {

template <int M, int N, int K>
using shape_of = cute::Shape<cute::Int<M>, cute::Int<N>, cute::Int<K>>;

/// Tile: M x N x K of a block. Cluster: blocks of a cluster. Both schedules are cooperative, or both pingpong.
template <class Tile, class Cluster, class MainSchedule, class EpilogueSchedule,
          class TileScheduler = cutlass::gemm::PersistentScheduler>
struct configuration {
  using value = cutlass::bfloat16_t;
  using by_rows = cutlass::layout::RowMajor;
  using by_columns = cutlass::layout::ColumnMajor;
  static constexpr int alignment = 16 / sizeof(value);  // TMA: rows begin at multiples of 16 bytes

  using epilogue = typename cutlass::epilogue::collective::CollectiveBuilder<
      cutlass::arch::Sm90, cutlass::arch::OpClassTensorOp, Tile, Cluster,
      cutlass::epilogue::collective::EpilogueTileAuto, float, float, void, by_rows, alignment, value, by_rows,
      alignment, EpilogueSchedule>::CollectiveOp;
  using mainloop = typename cutlass::gemm::collective::CollectiveBuilder<
      cutlass::arch::Sm90, cutlass::arch::OpClassTensorOp, value, by_rows, alignment, value, by_columns, alignment,
      float, Tile, Cluster,
      cutlass::gemm::collective::StageCountAutoCarveout<static_cast<int>(sizeof(typename epilogue::SharedStorage))>,
      MainSchedule>::CollectiveOp;
  using device_kernel =
      cutlass::gemm::kernel::GemmUniversal<cute::Shape<int, int, int, int>, mainloop, epilogue, TileScheduler>;
  using type = cutlass::gemm::device::GemmUniversalAdapter<device_kernel>;
};

inline void require(cutlass::Status status, char const* what) {
  if (status == cutlass::Status::kSuccess) return;
  throw std::runtime_error(std::string("CUTLASS, ") + what + ": " + cutlassGetStatusString(status));
}

/// `tiles_in_band`: of so many neighbouring rows or columns of tiles blocks walk one after another.
template <class Gemm>
typename Gemm::Arguments arguments_of(problem const& p, operands const& o, int tiles_in_band) {
  using kernel = typename Gemm::GemmKernel;
  using value = typename kernel::ElementA;
  auto const stride = [&](auto example, int lines, int length) {
    return cutlass::make_cute_packed_stride(example, cute::make_shape(lines, length, p.batch));
  };
  typename Gemm::Arguments arguments{cutlass::gemm::GemmUniversalMode::kGemm,
                                     {p.m, p.n, p.k, p.batch},
                                     {static_cast<value const*>(o.a), stride(typename kernel::StrideA{}, p.m, p.k),
                                      static_cast<value const*>(o.b), stride(typename kernel::StrideB{}, p.n, p.k)},
                                     {{},
                                      nullptr,
                                      stride(typename kernel::StrideC{}, p.m, p.n),
                                      static_cast<value*>(o.c),
                                      stride(typename kernel::StrideD{}, p.m, p.n)},
                                     cutlass::KernelHardwareInfo::make_kernel_hardware_info<kernel>()};
  arguments.epilogue.thread.alpha = 1;
  arguments.epilogue.thread.beta = 0;
  arguments.scheduler.max_swizzle_size = tiles_in_band;
  return arguments;
}

/// The body of each kernel of kernels.hpp.
template <class Configuration>
std::vector<call> calls_of(problem const& p) {
  using gemm = typename Configuration::type;
  std::vector<call> calls;
  for (int const tiles_in_band : {1, 8}) {
    auto const example = arguments_of<gemm>(p, {}, tiles_in_band);
    if (gemm::can_implement(example) != cutlass::Status::kSuccess) return {};
    // Stream-K counts in its workspace, and clears it ahead of each call.
    void* memory = nullptr;
    if (std::size_t const bytes = gemm::get_workspace_size(example);
        bytes > 0 && cudaMalloc(&memory, bytes) != cudaSuccess) {
      (void)cudaGetLastError();
      return calls;
    }
    std::shared_ptr<void> const workspace(memory, [](void* mine) { (void)cudaFree(mine); });
    calls.push_back([p, tiles_in_band, workspace](cudaStream_t stream, operands const& o) {
      gemm product;
      require(product.initialize(arguments_of<gemm>(p, o, tiles_in_band), workspace.get(), stream), "initialize");
      require(product.run(stream), "run");
    });
  }
  return calls;
}

}  // namespace bench::gemm::cutlass_peer

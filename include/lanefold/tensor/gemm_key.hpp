// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What plans of gemm are, and what they are kept by. No kernels.

#include <lanefold/base/status.hpp>
#include <lanefold/base/views.cuh>
#include <lanefold/tensor/elements.cuh>

namespace lanefold {

/// The kernels of gemm. `automatic`: by the model. `wgmma`: Hopper's, for types of 8 and 16 bits and tf32. `mma`: mma.sync,
/// for all. `skinny`: for up to 16 rows or columns, see gemm_skinny. `simt`: CUDA cores, for tensor::compute::f32, which has
/// no other.
enum class gemm_way { automatic, wgmma, mma, skinny, simt };

/// What gemm does for a problem: a kernel, its tile by number, and into how many runs k is split.
struct gemm_plan {
  gemm_way way = gemm_way::automatic;
  int tile = 0;
  int splits = 1;
};

/// Types of elements; `other`: those of C that have no name here.
enum class gemm_type { other, half, bfloat16, float32, float64, int8, int32, e4m3, e5m2 };

/// A problem as plans are kept by it, and the GPU. C lies by rows: where it lies by columns, this is C^T = B^T A^T.
struct gemm_key {
  gemm_type element = gemm_type::other;  ///< of A and B
  gemm_type result = gemm_type::other;   ///< of C
  matrix_order a = matrix_order::by_rows, b = matrix_order::by_rows;
  int m = 0, n = 0, k = 0;
  bool batch_invariant = false;
  int sm = 0;  ///< 90 for sm_90
  int multiprocessors = 0;
};

/// Where gemm looks up plans: a gemm_plan_book, or what you derive.
class gemm_plans {
 public:
  /// The plan for a problem, or null. It stays where it is until gemm returns.
  virtual gemm_plan const* find(gemm_key const& key) const = 0;

 protected:
  ~gemm_plans() = default;
};

/// What gemm does for a call, from plan_gemm and tune_gemm.
struct planned_gemm {
  status done;  ///< why gemm would refuse the call; then the rest says nothing
  gemm_key key;
  gemm_plan plan;           ///< for an empty C automatic: nothing is done
  size_t workspace = 0;     ///< bytes that the call takes of its queue: what to reserve before a stream capture
  double microseconds = 0;  ///< of a call, where tune_gemm has measured it
};

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

template <class T>
constexpr gemm_type type_of = traits::same<T, __half>          ? gemm_type::half
                              : traits::same<T, __nv_bfloat16> ? gemm_type::bfloat16
                              : traits::same<T, float>         ? gemm_type::float32
                              : traits::same<T, double>        ? gemm_type::float64
                              : traits::same<T, signed char>   ? gemm_type::int8
                              : traits::same<T, int>           ? gemm_type::int32
                              : traits::same<T, __nv_fp8_e4m3> ? gemm_type::e4m3
                              : traits::same<T, __nv_fp8_e5m2> ? gemm_type::e5m2
                                                               : gemm_type::other;

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

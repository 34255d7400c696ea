// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/config.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Kinds of computation, gemm's first template argument: `gemm<compute::f32>(queue, a, b, c)`. Each says in which order the
/// terms of an element are added, and how far the result is from the exact sum; S is the sum of the terms' magnitudes.
/// What is named here holds before the epilogue is applied and the result is rounded to the type of C.
namespace compute {

/// What gemm does where nothing else is said: products on tensor cores, exact; of float as tf32.
///
/// - Result: added forward over k, 32 bytes of k at a time, in one accumulator. fp8 on wgmma: 128 bytes of k at a time are summed
///   from 0 in the tensor cores, and those sums are added in float, forward.
///   Error: 16 bits and tf32 (of the operands' upper 19 bits): at most k 2^-22 S. Integers: none, modulo 2^32. double: k 2^-53
///   S. fp8 on wgmma: what tensor cores cut off within 128 terms, of which they keep about 13 bits behind the largest; and k
///   / 128 2^-24 S for the sums in float. It does not grow with k otherwise.
struct standard {};

/// As standard, but sums of fp8 stay in the tensor cores over all of k: somewhat faster on wgmma, where terms below about
/// 2^-13 of what has been summed are lost. For other types the same as standard.
struct fast {};

/// float operands in full, on CUDA cores.
///
/// - Result: each element is the chain sum = fma(a(row, k), b(k, column), sum) for k = 0, 1, ..., from sum = +0: the bits of a
///   scalar loop with fmaf, whatever m, n, the tile or the GPU. k is never split. A NaN is some NaN.
///   Error: at most k 2^-24 S / (1 - k 2^-24).
struct f32 {};

/// float operands in full, but for their last bits, on tensor cores: three products in tf32. (Ootomo and Yokota, Recovering
/// single precision accuracy from Tensor Cores, 2022.)
///
/// - Result: each operand x becomes big = tf32(x), to the nearest, and small = tf32(x - big). First the products small_a
///   big_b are added over all of k, then big_a small_b, then big_a big_b; each k filled up to a multiple of 32. wgmma: 32
///   terms at a time are summed from 0 in the tensor cores, and those sums are added in float, forward. mma: in one
///   accumulator.
///   Error: at most (1.01 k + 2) 2^-22 S, of which 2 are for small_a small_b and what small lacks; wgmma without splits also
///   at most (k / 100 + 35) 2^-22 S. Where small is below 2^-126, up to 2^-137 of the other operand beyond that.
///   Infinity and NaN are as in float: where big is not finite it meets zeros in the first two products.
/// - Memory: three copies of each operand in the queue's workspace.
struct tf32x3 {};

/// __half operands, sums in half precision by mma.sync: at twice the rate of sums in float on GPUs for desktops. The epilogue is given the sum as a float.
///
/// - Result: added as by standard. With splits each run is summed in half, and the runs are added in float.
///   Error: about k / 16 2^-11 S: each mma adds 16 products and rounds to half. Sums beyond 65504 become infinite.
struct f16_sums {};

}  // namespace compute
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

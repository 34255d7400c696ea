// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tensor maps by the driver, which is asked for the function at run time: nothing links to it.

#include <lanefold/backend/cuda/stream.hpp>
#include <lanefold/backend/tensor_map_request.hpp>

#include <cuda.h>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// cuTensorMapEncodeTiled, or null where the driver has none.
inline status find_encoder(decltype(&cuTensorMapEncodeTiled)* encoder) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result;
#if CUDART_VERSION >= 12050
  cudaError_t const error =
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result);
#else
  cudaError_t const error = cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &found, cudaEnableDefault, &result);
#endif
  if (error != cudaSuccess) return to_status("make_tensor_map", error);
  if (result != cudaDriverEntryPointSuccess || found == nullptr)
    return status(status_kind::unsupported, "lanefold: make_tensor_map: this driver has no cuTensorMapEncodeTiled");
  *encoder = reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(found);
  return status();
}

/// Describes the matrix to the copy engine. `map` stays as it is on an error.
inline status make_tensor_map(tensor_map* map, tensor_map_request const& r) {
  if (status wrong = r.check(); !wrong) return wrong;
  static_assert(sizeof(tensor_map) == sizeof(CUtensorMap), "a tensor map is the driver's");
  decltype(&cuTensorMapEncodeTiled) encoder = nullptr;
  if (status const found = find_encoder(&encoder); !found) return found;
  CUtensorMapDataType const type = r.kind == element_kind::tf32 ? CU_TENSOR_MAP_DATA_TYPE_TFLOAT32
                                   : r.bytes == 1               ? CU_TENSOR_MAP_DATA_TYPE_UINT8
                                   : r.bytes == 2               ? CU_TENSOR_MAP_DATA_TYPE_UINT16
                                   : r.bytes == 4               ? CU_TENSOR_MAP_DATA_TYPE_UINT32
                                                                : CU_TENSOR_MAP_DATA_TYPE_UINT64;
  CUtensorMapSwizzle const swizzle = r.swizzle_bytes == 128  ? CU_TENSOR_MAP_SWIZZLE_128B
                                     : r.swizzle_bytes == 64 ? CU_TENSOR_MAP_SWIZZLE_64B
                                     : r.swizzle_bytes == 32 ? CU_TENSOR_MAP_SWIZZLE_32B
                                                             : CU_TENSOR_MAP_SWIZZLE_NONE;
  // The L2 cache fetches what is around a row of a box, too: more of it where rows of the matrix begin at whole lines.
  CUtensorMapL2promotion const promotion =
      r.stride_bytes % 256 == 0 ? CU_TENSOR_MAP_L2_PROMOTION_L2_256B : CU_TENSOR_MAP_L2_PROMOTION_L2_128B;
  cuuint64_t const extents[3] = {static_cast<cuuint64_t>(r.columns), static_cast<cuuint64_t>(r.rows),
                                 static_cast<cuuint64_t>(r.matrices)};
  cuuint64_t const strides[2] = {static_cast<cuuint64_t>(r.stride_bytes),
                                 static_cast<cuuint64_t>(r.matrices > 1 ? r.matrix_stride_bytes : r.stride_bytes)};
  cuuint32_t const box[3] = {static_cast<cuuint32_t>(r.box_columns), static_cast<cuuint32_t>(r.box_rows), 1};
  cuuint32_t const every[3] = {1, 1, 1};
  CUtensorMap made;
  CUresult const refused =
      encoder(&made, type, r.matrices == 0 ? 2 : 3, const_cast<void*>(r.data), extents, strides, box, every,
              CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, promotion, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (refused != CUDA_SUCCESS)
    return status::failure(status_kind::bad_argument,
                           "lanefold: make_tensor_map: the driver refuses %lld rows of %lld elements of %d bytes, "
                           "%lld bytes apart, of %lld matrices, %lld bytes apart, in boxes of %d x %d: CUresult %d",
                           r.rows, r.columns, r.bytes, r.stride_bytes, r.matrices, r.matrix_stride_bytes, r.box_rows,
                           r.box_columns, static_cast<int>(refused));
  memcpy(map, &made, sizeof made);
  return status();
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The peer: cuBLASLt, with the first algorithm that its heuristic names, and with the fastest of all that it names.

#include "gemm_implementation.cuh"

#include <cublasLt.h>

#include <array>
#include <cstring>
#include <memory>

namespace bench::gemm {

inline void require(cublasStatus_t status, char const* what) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw std::runtime_error(std::string(what) + ": " + cublasLtGetStatusString(status));
  }
}
using bench::require;

/// Owns a handle of cuBLASLt's.
template <class Handle, cublasStatus_t (*Destroy)(Handle)>
class owned {
 public:
  owned() = default;
  owned(owned const&) = delete;
  owned& operator=(owned const&) = delete;
  ~owned() {
    if (handle_) (void)Destroy(handle_);
  }
  operator Handle() const { return handle_; }
  Handle* put() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

struct cublaslt_types {
  cudaDataType in, out;
  cublasComputeType_t compute;
  cudaDataType scale;

  static cublaslt_types of(type t) {
    switch (t) {
      case type::bf16:
        return {CUDA_R_16BF, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F};
      case type::half:
        return {CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_32F, CUDA_R_32F};
      case type::tf32:
        return {CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F};
      case type::fp8:
        return {CUDA_R_8F_E4M3, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F};
      case type::int8:
        return {CUDA_R_8I, CUDA_R_32I, CUBLAS_COMPUTE_32I, CUDA_R_32I};
      case type::int8_to_int8:
        return {CUDA_R_8I, CUDA_R_8I, CUBLAS_COMPUTE_32I, CUDA_R_32F};
      case type::f32:
        return {CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F, CUDA_R_32F};
      case type::f64:
        return {CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F, CUDA_R_64F};
    }
    throw std::logic_error("cublaslt_types: a type without a case");
  }
};

/// One problem as cuBLASLt sees it. It thinks in columns: our row-major C is its transpose, of B's transpose times A's, so
/// that our B comes first, with n as its m.
class cublaslt_problem {
 public:
  /// `fast_sums`: fp8 only: partial sums stay in the tensor cores, which keep fewer bits. `bias`: for `after` that adds it.
  cublaslt_problem(problem const& p, bool fast_sums, cublasLtEpilogue_t after, void const* bias)
      : sums_are_wider_(p.out_bytes() < 4) {
    cublaslt_types const types = cublaslt_types::of(p.type);
    require(cublasLtMatmulDescCreate(operation_.put(), types.compute, types.scale), "cublasLtMatmulDescCreate");
    // A matrix whose neighbours along k lie side by side has k rows in its columns: the first factor is then transposed.
    set(CUBLASLT_MATMUL_DESC_TRANSA, p.b_by_columns() ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, p.a_by_rows() ? CUBLAS_OP_N : CUBLAS_OP_T);
    if (fast_sums) set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, std::int8_t{1});
    if (after != CUBLASLT_EPILOGUE_DEFAULT) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, after);
      set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
      set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, types.out);
    }
    make(first_, types.in, p.b_by_columns() ? p.k : p.n, p.b_by_columns() ? p.n : p.k, p.batch);
    make(second_, types.in, p.a_by_rows() ? p.k : p.m, p.a_by_rows() ? p.m : p.k, p.batch);
    make(result_, types.out, p.n, p.m, p.batch);

    // alpha and beta, in the type of the scale.
    if (types.scale == CUDA_R_64F) {
      put(alpha_, p.scale());
    } else if (types.scale == CUDA_R_32I) {
      put(alpha_, static_cast<int>(p.scale()));
    } else {
      put(alpha_, static_cast<float>(p.scale()));
    }
  }

  std::vector<cublasLtMatmulAlgo_t> algorithms(int most) const {
    owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> preference;
    require(cublasLtMatmulPreferenceCreate(preference.put()), "cublasLtMatmulPreferenceCreate");
    auto const set = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
      require(cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof value),
              "cublasLtMatmulPreferenceSetAttribute");
    };
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{workbench::workspace_bytes});
    // All sum in 32 bits: none may round the partial sums of a split K to the type of C.
    if (sums_are_wider_)
      set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
    std::vector<cublasLtMatmulHeuristicResult_t> found(most);
    int count = 0;
    cublasStatus_t const asked = cublasLtMatmulAlgoGetHeuristic(library(), operation_, first_, second_, result_,
                                                                result_, preference, most, found.data(), &count);
    std::vector<cublasLtMatmulAlgo_t> usable;
    if (asked == CUBLAS_STATUS_NOT_SUPPORTED || asked == CUBLAS_STATUS_INVALID_VALUE) return usable;
    require(asked, "cublasLtMatmulAlgoGetHeuristic");
    for (int i = 0; i < count; ++i) {
      if (found[i].state == CUBLAS_STATUS_SUCCESS) usable.push_back(found[i].algo);
    }
    return usable;
  }

  void enqueue(cudaStream_t stream, operands const& o, cublasLtMatmulAlgo_t const& algorithm, void* workspace) const {
    require(cublasLtMatmul(library(), operation_, alpha_.data(), o.b, first_, o.a, second_, beta_.data(), o.c, result_,
                           o.c, result_, &algorithm, workspace, workbench::workspace_bytes, stream),
            "cublasLtMatmul");
  }

 private:
  using layout = owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
  using scalar = std::array<unsigned char, 8>;

  /// One for the whole program, and never destroyed: it is asked for in every call.
  static cublasLtHandle_t library() {
    static cublasLtHandle_t const handle = [] {
      cublasLtHandle_t made = nullptr;
      require(cublasLtCreate(&made), "cublasLtCreate");
      return made;
    }();
    return handle;
  }

  static void make(layout& matrix, cudaDataType type, int rows, int columns, int batch) {
    require(cublasLtMatrixLayoutCreate(matrix.put(), type, rows, columns, rows), "cublasLtMatrixLayoutCreate");
    if (batch == 1) return;
    auto const set = [&](cublasLtMatrixLayoutAttribute_t attribute, auto value) {
      require(cublasLtMatrixLayoutSetAttribute(matrix, attribute, &value, sizeof value),
              "cublasLtMatrixLayoutSetAttribute");
    };
    set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, std::int32_t{batch});
    set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, std::int64_t{1} * rows * columns);
  }
  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, Value value) {
    require(cublasLtMatmulDescSetAttribute(operation_, attribute, &value, sizeof value),
            "cublasLtMatmulDescSetAttribute");
  }
  template <class Value>
  static void put(scalar& to, Value value) {
    std::memcpy(to.data(), &value, sizeof value);
  }

  owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy> operation_;
  layout first_, second_, result_;
  bool sums_are_wider_;
  alignas(8) scalar alpha_{};
  alignas(8) scalar beta_{};
};

/// The epilogue that does all that the problem asks for; false where there is none.
inline bool find_epilogue(epilogue what, cublasLtEpilogue_t& after) {
  after = what == epilogue::bias_relu   ? CUBLASLT_EPILOGUE_RELU_BIAS
          : what == epilogue::bias_gelu ? CUBLASLT_EPILOGUE_GELU_BIAS
                                        : CUBLASLT_EPILOGUE_DEFAULT;
  return what != epilogue::bias_silu;
}

/// `most`: of how many algorithms the fastest is taken. The workspace is the row's.
inline call prepare_cublaslt(problem const& p, workbench& bench, int most, bool fast_sums, cublasLtEpilogue_t after) {
  auto const matmul = std::make_shared<cublaslt_problem>(p, fast_sums, after, bench.sets[0].bias);
  std::vector<call> candidates;
  for (cublasLtMatmulAlgo_t const& algorithm : matmul->algorithms(most)) {
    candidates.push_back([matmul, algorithm, workspace = bench.workspace()](cudaStream_t stream, operands const& o) {
      matmul->enqueue(stream, o, algorithm, workspace);
    });
  }
  if (most == 1) return candidates.empty() ? call() : candidates[0];
  return bench.fastest(candidates);
}

inline call prepare_cublaslt(problem const& p, workbench& bench, int most, bool fast_sums) {
  if (p.groups > 1) {
    return for_each_group(p, [&](problem const& one) { return prepare_cublaslt(one, bench, most, fast_sums); });
  }
  cublasLtEpilogue_t after;
  return find_epilogue(p.epilogue, after) ? prepare_cublaslt(p, bench, most, fast_sums, after) : call();
}

inline implementation cublaslt_way(char const* name, int most, bool fast_sums = false) {
  return {name, [=](problem const& p) { return !fast_sums || p.type == type::fp8; },
          [=](problem const& p, workbench& bench) { return prepare_cublaslt(p, bench, most, fast_sums); }};
}

/// Applies the activation in place, 16 bytes a thread.
template <class Value>
__global__ void activate(Value* values, long long count, epilogue what) {
  constexpr int width = 16 / sizeof(Value);
  struct alignas(16) chunk {
    Value values[width];
  };
  long long const at = (1ll * blockIdx.x * blockDim.x + threadIdx.x) * width;
  if (at + width <= count) {
    chunk all = *reinterpret_cast<chunk*>(values + at);
    for (Value& each : all.values) each = static_cast<Value>(activated(what, static_cast<float>(each)));
    *reinterpret_cast<chunk*>(values + at) = all;
  } else {
    for (long long i = at; i < count; ++i) {
      values[i] = static_cast<Value>(activated(what, static_cast<float>(values[i])));
    }
  }
}

/// What one does without the epilogue: cuBLASLt adds the bias, a kernel of its own applies the function.
inline implementation cublaslt_and_kernel_way() {
  auto const prepare = [](problem const& p, workbench& bench) -> call {
    call const product = prepare_cublaslt(p, bench, 16, false, CUBLASLT_EPILOGUE_BIAS);
    if (!product) return {};
    return [p, product](cudaStream_t stream, operands const& o) {
      product(stream, o);
      with_types(p.type, [&](auto types) {
        using out = typename decltype(types)::out;
        if constexpr (!std::is_same_v<out, int>) {
          long long const threads = (p.c_values() + 16 / sizeof(out) - 1) / (16 / sizeof(out));
          activate<<<static_cast<unsigned>((threads + 255) / 256), 256, 0, stream>>>(static_cast<out*>(o.c),
                                                                                     p.c_values(), p.epilogue);
          require(cudaGetLastError(), "activate");
        }
      });
    };
  };
  return {"cublaslt_and_kernel", [](problem const& p) { return p.is_fused(); }, prepare};
}

}  // namespace bench::gemm

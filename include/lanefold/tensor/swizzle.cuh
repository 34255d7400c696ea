// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/config.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// How lines of LineBytes lie in shared memory so that the same 16 bytes of 8 lines in a row are in 8 different quarters of
/// the banks: within each 1024 bytes the number of a 16-byte chunk is changed by the number of its line of 128 bytes, as TMA
/// writes it and wgmma reads it (128, 64 and 32 byte swizzle). It is its own inverse, and memory begins at a multiple of
/// 1024 where the hardware shares it, else of 128.
///
/// - `LineBytes`: 32, 64 or 128; 16 changes nothing.
/// - Cost: `at(line, byte ^ 16 i)` is `at(line, byte) ^ 16 i` within a line, and 8 lines on the same plus 8 LineBytes: so one
///   place is worked out once, and others cost an instruction or none.
template <int LineBytes>
struct swizzle {
  static_assert(LineBytes == 16 || LineBytes == 32 || LineBytes == 64 || LineBytes == 128,
                "swizzle: lines of 16, 32, 64 or 128 bytes");
  static constexpr int line_bytes = LineBytes;
  /// Where the byte goes that stood at `offset`.
  static LANEFOLD_HD constexpr int place(int offset) { return offset ^ flip(offset); }
  /// What an offset changes of a chunk's number, times 16.
  static LANEFOLD_HD constexpr int flip(int offset) { return offset >> 3 & (LineBytes - 16); }
  /// Where byte `byte` of a line is.
  static LANEFOLD_HD constexpr int at(int line, int byte) { return place(line * LineBytes + byte); }
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

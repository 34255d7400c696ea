// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/backend.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Bytes / sizeof(T) values that move in one vector instruction: `auto x = packed<float>::load(in + 4 * i);`.
///
/// - `T`: trivially copyable, of a size that divides Bytes.
/// - `Bytes`: 4, 8 or 16.
/// - `load`, `store`: the pointer is a multiple of Bytes.
/// - Result: made without load, its values start undefined.
/// - Cost: one instruction.
template <class T, int Bytes = 16>
class packed {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "packed: one instruction moves 4, 8 or 16 bytes");
  static_assert(Bytes % sizeof(T) == 0, "packed: the size of the values must divide Bytes");
  static_assert(traits::trivially_copyable<T>, "packed moves bytes: T must be trivially copyable");

 public:
  static LANEFOLD_HD constexpr int size() { return Bytes / sizeof(T); }
  LANEFOLD_HD T& operator[](int i) { return begin()[i]; }
  LANEFOLD_HD T const& operator[](int i) const { return begin()[i]; }
  LANEFOLD_HD T* begin() { return reinterpret_cast<T*>(bytes_); }
  LANEFOLD_HD T* end() { return begin() + size(); }
  LANEFOLD_HD T const* begin() const { return reinterpret_cast<T const*>(bytes_); }
  LANEFOLD_HD T const* end() const { return begin() + size(); }

  static LANEFOLD_FN packed load(T const* from, call_site site = call_site::here()) {
    auto const words = backend::load_words<Bytes>(from, site.in("packed::load"));
    packed result;
    memcpy(result.bytes_, &words, Bytes);
    return result;
  }
  LANEFOLD_FN void store(T* to, call_site site = call_site::here()) const {
    backend::words<Bytes> words;
    memcpy(&words, bytes_, Bytes);
    backend::store_words<Bytes>(to, words, site.in("packed::store"));
  }

 private:
  alignas(Bytes) unsigned char bytes_[Bytes];  // not T: it need not have a default constructor
};

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

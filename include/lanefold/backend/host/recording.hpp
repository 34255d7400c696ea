// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/host/stream.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// The names of backend/cuda/recording.hpp. The simulator has no time to tell: nothing is recorded, and replays take none.
class recording {
 public:
  template <class Work>
  status make(Work const&) {
    return status();
  }
  status replay(double* microseconds) {
    *microseconds = 0;
    return status();
  }
};

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

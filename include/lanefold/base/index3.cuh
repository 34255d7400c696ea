// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lanefold {

/// A place in a grid or block, or the extent of one: x runs fastest.
struct index3 {
  unsigned x = 0, y = 0, z = 0;
};

}  // namespace lanefold

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lanefold {

/// Among whom an atomic, an acquire, a release or a fence is ordered: the threads of a block, of a cluster, of a GPU, or
/// all of the system, host included.
enum class scope : unsigned char { block, cluster, gpu, system };

}  // namespace lanefold

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a library over lanefold shows to C++ files: host words alone.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

namespace lf = lanefold;

/// out[i] = 2 * in[i]
lf::status run(lf::queue& queue, lf::view<float const> in, lf::view<float> out);

lf::device_array<float> sums(lf::device_array<float> const& left, lf::device_array<float> const& right);

// No type of its parameters tells the backend: a program with both needs two names.
inline namespace LANEFOLD_BACKEND {
LANEFOLD_KERNEL negate(lf::view<float> values);
}

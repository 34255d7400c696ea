// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: device_array copies bytes between host and device
#include <lanefold/host/device_array.hpp>
#include <string>

namespace lf = lanefold;

#ifdef FIXED
using value = int;
#else
using value = std::string;
#endif

std::size_t size_of(lf::device_array<value> const& array) { return array.size(); }

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the copy engine: making tensor maps. Not included under NVRTC.

#include <lanefold/backend/tensor_map_request.hpp>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/tensor_map.hpp>
#else
#include <lanefold/backend/cuda/tensor_map.hpp>
#endif

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the seam: work that is recorded, replayed and timed. Not included under NVRTC.

#include <lanefold/backend/config.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/recording.hpp>
#else
#include <lanefold/backend/cuda/recording.hpp>
#endif

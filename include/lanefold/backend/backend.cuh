// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/config.cuh>

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#include <lanefold/backend/cuda.cuh>
#else
#include <lanefold/backend/host.hpp>
#endif

// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of the seam for the tensor cores; only those include it who need it.

#include <lanefold/backend/backend.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/mma.cuh>
#else
#include <lanefold/backend/cuda/mma.cuh>
#endif

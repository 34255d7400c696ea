// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of the seam for the tensor cores of Hopper; only those include it who need it.

#include <lanefold/backend/backend.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/wgmma.cuh>
#else
#include <lanefold/backend/cuda/wgmma.cuh>
#endif

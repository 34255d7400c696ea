// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of the seam for barriers in shared memory and for clusters; only those include it who need it.

#include <lanefold/backend/backend.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/mbarrier.cuh>
#else
#include <lanefold/backend/cuda/mbarrier.cuh>
#endif

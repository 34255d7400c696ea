// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of the seam for the copy engine; only those include it who need it.

#include <lanefold/backend/mbarrier.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/bulk_copy.cuh>
#else
#include <lanefold/backend/cuda/bulk_copy.cuh>
#endif

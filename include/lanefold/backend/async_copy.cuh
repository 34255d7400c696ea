// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of the seam for copies that go on while their lane does something else; only those include it who need it.

#include <lanefold/backend/backend.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/async_copy.cuh>
#else
#include <lanefold/backend/cuda/async_copy.cuh>
#endif

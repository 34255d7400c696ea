// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a kernel calls and, outside NVRTC, what starts it. host/device_array.hpp is apart: it needs <vector>.
// A C++ file of a target without lanefold::simulator gets the host words alone.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/views.cuh>
#include <lanefold/version.cuh>

#ifdef LANEFOLD_FN
#include <lanefold/argmin.cuh>
#include <lanefold/base/packed.cuh>
#include <lanefold/broadcast.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/match.cuh>
#include <lanefold/operators.cuh>
#include <lanefold/partition.cuh>
#include <lanefold/reduce.cuh>
#include <lanefold/scan.cuh>
#include <lanefold/shuffle.cuh>
#include <lanefold/vote.cuh>
#endif

#ifndef __CUDACC_RTC__
#include <lanefold/host/launch.hpp>
#endif

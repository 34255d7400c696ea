// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a kernel calls and, outside NVRTC, what starts it. device_array.cuh is apart: it needs <vector>.

#include <lanefold/argmin.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/match.cuh>
#include <lanefold/operators.cuh>
#include <lanefold/partition.cuh>
#include <lanefold/reduce.cuh>
#include <lanefold/scan.cuh>
#include <lanefold/shuffle.cuh>
#include <lanefold/version.cuh>
#include <lanefold/vote.cuh>

#ifndef __CUDACC_RTC__
#include <lanefold/host/launch.hpp>
#endif

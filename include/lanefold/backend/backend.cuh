// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The seam: what one lane can do. backend/cuda/ and backend/host/ have the same file names, and in them the same
// functions: one for each instruction, with its PTX section and least architecture on the GPU's side.

#include <lanefold/backend/config.cuh>

#ifndef LANEFOLD_FN
#error \
    "lanefold: device code in a C++ file: name the file .cu, or link lanefold::simulator (without CMake: -DLANEFOLD_SIMULATOR=1)"
#include <lanefold/only_host_words_here>  // there is none: the sentence above stays the only error
#endif

#include <lanefold/backend/checks.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/arithmetic.cuh>
#include <lanefold/backend/host/barrier.cuh>
#include <lanefold/backend/host/hints.cuh>
#include <lanefold/backend/host/memory.cuh>
#include <lanefold/backend/host/warp.cuh>
#else
#include <lanefold/backend/cuda/arithmetic.cuh>
#include <lanefold/backend/cuda/barrier.cuh>
#include <lanefold/backend/cuda/hints.cuh>
#include <lanefold/backend/cuda/memory.cuh>
#include <lanefold/backend/cuda/warp.cuh>
#endif

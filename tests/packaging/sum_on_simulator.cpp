// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The same source as C++: with lanefold::simulator it runs on the CPU.
#include "sum.cu"

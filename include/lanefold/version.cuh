// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The version as one number: major * 10000 + minor * 100 + patch. CMake and the packages read it from this line.
#define LANEFOLD_VERSION 200

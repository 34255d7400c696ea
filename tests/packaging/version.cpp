// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#include <lanefold/version.cuh>

#include <cstdio>

int main() {
  std::printf("lanefold %d.%d.%d\n", LANEFOLD_VERSION / 10000, LANEFOLD_VERSION / 100 % 100, LANEFOLD_VERSION % 100);
}

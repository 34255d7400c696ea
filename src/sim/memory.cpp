// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Accesses to memory, as code compiled with -fsanitize=thread reports them. This library stands in for that
// sanitizer's runtime.

extern "C" {
void __tsan_init() {}
}

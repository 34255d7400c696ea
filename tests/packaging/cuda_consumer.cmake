# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# What every consumer does that has lanefold::lanefold and the language CUDA.
enable_testing()
add_executable(sum_on_gpu "${CMAKE_CURRENT_LIST_DIR}/sum.cu")
target_link_libraries(sum_on_gpu PRIVATE lanefold::lanefold)
add_test(NAME sum_on_gpu COMMAND sum_on_gpu)
set_tests_properties(sum_on_gpu PROPERTIES SKIP_RETURN_CODE 77) # no GPU

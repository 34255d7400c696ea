# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# CUDA, where there is a compiler for it: CMAKE_CUDA_COMPILER says so.
include(CheckLanguage)
check_language(CUDA)
if(CMAKE_CUDA_COMPILER)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80)
  endif()
  enable_language(CUDA)
endif()

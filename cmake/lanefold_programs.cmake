# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# Builds one .cu source for a backend: as C++ against the simulator (sim_<name>) or with nvcc (cuda_<name>).

set(lanefold_backends)
if(lanefold_has_simulator)
  list(APPEND lanefold_backends simulator)
endif()

if(LANEFOLD_CUDA)
  if(LANEFOLD_CUDA STREQUAL "AUTO")
    include(CheckLanguage)
    check_language(CUDA)
  endif()
  if(CMAKE_CUDA_COMPILER OR NOT LANEFOLD_CUDA STREQUAL "AUTO")
    # A GPU that answers, or none: device code is then built for one architecture and not run.
    execute_process(COMMAND nvidia-smi -L OUTPUT_VARIABLE gpus ERROR_QUIET)
    string(FIND "${gpus}" "GPU 0" gpu_line)
    if(gpu_line GREATER -1)
      set(lanefold_has_gpu ON)
    else()
      set(lanefold_has_gpu OFF)
    endif()
    if(LANEFOLD_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES ${LANEFOLD_CUDA_ARCHITECTURES})
    elseif(lanefold_has_gpu)
      set(CMAKE_CUDA_ARCHITECTURES native)
    else()
      set(CMAKE_CUDA_ARCHITECTURES 90a)
    endif()
    enable_language(CUDA)
    # Device code that nothing here will run need not be fast, unless it was asked for.
    if(NOT lanefold_has_gpu AND LANEFOLD_CUDA STREQUAL "AUTO" AND CMAKE_CUDA_COMPILER_ID STREQUAL "NVIDIA" AND
       CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
      add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:--Ofast-compile=mid>)
    endif()
    list(APPEND lanefold_backends cuda)
  endif()
endif()

if(NOT lanefold_backends)
  message(FATAL_ERROR "lanefold: nothing to build tests, benchmarks or examples with: neither the simulator nor nvcc")
endif()
list(JOIN lanefold_backends ", " backends_text)
message(STATUS "lanefold: building for: ${backends_text}")

# Our own sources compile without a warning. Not part of lanefold::lanefold: users choose their own flags.
add_library(lanefold_warnings INTERFACE)
target_compile_options(
  lanefold_warnings
  INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Werror>
            "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Wall,-Wextra,-Werror>")

# Builds `source` for the current ${backend} (simulator or cuda; ${prefix} is sim or cuda); stores the target's name in the caller's variable `target`.
function(lanefold_add_program source)
  cmake_path(GET source STEM name)
  set(target ${prefix}_${name})
  if(backend STREQUAL "simulator")
    set_source_files_properties(${source} PROPERTIES LANGUAGE CXX)
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE lanefold::simulator)
  else()
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE lanefold::lanefold)
  endif()
  target_link_libraries(${target} PRIVATE lanefold_warnings)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  set(target ${target} PARENT_SCOPE)
endfunction()

# Runs a program as one test. On a GPU one at a time.
function(lanefold_run_as_test target label)
  if(backend STREQUAL "simulator")
    add_test(NAME ${target} COMMAND ${target} ${ARGN})
    set_tests_properties(${target} PROPERTIES LABELS "simulator;${label}" TIMEOUT 600)
  elseif(lanefold_has_gpu)
    add_test(NAME ${target} COMMAND ${target} ${ARGN})
    set_tests_properties(${target} PROPERTIES LABELS "gpu;${label}" TIMEOUT 600 RESOURCE_LOCK gpu)
  endif()
endfunction()

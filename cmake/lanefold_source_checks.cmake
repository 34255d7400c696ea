# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# Tests that run compilers over sources: headers alone, what must not compile, machine code, packaging.

# Python with what ./dev setup installs, or any: a check that lacks a package is then skipped.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
find_program(lanefold_python python PATHS "${PROJECT_SOURCE_DIR}/.venv/bin" NO_DEFAULT_PATH)
if(NOT lanefold_python)
  set(lanefold_python "${Python3_EXECUTABLE}")
endif()
find_program(lanefold_nvcc nvcc HINTS /usr/local/cuda/bin)
find_program(lanefold_clang clang++)
find_path(lanefold_cuda_runtime cuda_runtime_api.h HINTS ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES include)
set(lanefold_tools "${PROJECT_SOURCE_DIR}/tools")

set(cxx_flags -std=c++17 -Wall -Wextra -Werror "-I${PROJECT_SOURCE_DIR}/include" -fsyntax-only -x c++)
set(nvcc_flags -std=c++17 -Werror all-warnings "-I${PROJECT_SOURCE_DIR}/include" -x cu)
set(compilers)
if(lanefold_has_simulator)
  list(APPEND compilers ${CMAKE_CXX_COMPILER_ID})
  set(command_${CMAKE_CXX_COMPILER_ID} "${CMAKE_CXX_COMPILER}" ${cxx_flags} -DLANEFOLD_SIMULATOR=1)
  if(lanefold_clang AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    list(APPEND compilers Clang)
    set(command_Clang "${lanefold_clang}" ${cxx_flags} -DLANEFOLD_SIMULATOR=1)
  endif()
endif()
if(lanefold_nvcc)
  list(APPEND compilers nvcc)
  set(command_nvcc "${lanefold_nvcc}" ${nvcc_flags})
endif()

# lanefold_add_check(<name> <label> <command>...): a test; exit code 77 means that a tool for it is missing.
function(lanefold_add_check name label)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 600)
endfunction()

# ---- every public header compiles alone ------------------------------------------------------------------------------

# .cuh: device code, for every compiler; .hpp: host code, which a .cpp without the simulator gets with the CUDA runtime.
# The simulator's side is for plain C++ compilers alone, the GPU's for nvcc and NVRTC.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
     "${PROJECT_SOURCE_DIR}/include/*.cuh" "${PROJECT_SOURCE_DIR}/include/*.hpp")
set(empty_file "${PROJECT_SOURCE_DIR}/tests/headers/empty.cu")
foreach(header IN LISTS headers)
  set(header_compilers ${compilers})
  if(header MATCHES "/backend/host/|/sim/")
    list(REMOVE_ITEM header_compilers nvcc)
  elseif(header MATCHES "/backend/cuda/")
    list(FILTER header_compilers INCLUDE REGEX nvcc)
  endif()
  foreach(compiler IN LISTS header_compilers)
    set(output)
    if(compiler STREQUAL "nvcc")
      set(output -c -arch=sm_90 -o /dev/null)
    endif()
    lanefold_add_check(headers.${compiler}.${header} headers ${command_${compiler}} ${output} -include ${header}
                       "${empty_file}")
  endforeach()
  if(header MATCHES "/(base|host)/[^/]*\\.hpp$" AND NOT header MATCHES "/backend/" AND lanefold_cuda_runtime)
    lanefold_add_check(headers.cuda_runtime.${header} headers "${CMAKE_CXX_COMPILER}" ${cxx_flags}
                       "-isystem${lanefold_cuda_runtime}" -include ${header} "${empty_file}")
  endif()
  if(header MATCHES "\\.cuh$" AND NOT header MATCHES "/backend/host/|/sim/")
    lanefold_add_check(headers.nvrtc.${header} headers "${lanefold_python}" "${lanefold_tools}/nvrtc.py" ${header})
  endif()
endforeach()

# Checked builds, in which the device code traps on misuse, compile too.
if(lanefold_nvcc)
  lanefold_add_check(headers.nvcc.LANEFOLD_CHECKED headers ${command_nvcc} -c -arch=sm_90 -o /dev/null
                     -DLANEFOLD_CHECKED=1 "${PROJECT_SOURCE_DIR}/tests/machine_code/kernels.cu")
endif()

# ---- what cannot work does not compile, and says why -----------------------------------------------------------------

file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/compile_fail/*.cu")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  file(STRINGS "${source}" nvcc_only REGEX "^// nvcc only")
  foreach(compiler IN LISTS compilers)
    set(command ${command_${compiler}})
    if(compiler STREQUAL "nvcc")
      list(APPEND command --ptx -o /dev/null)
    elseif(nvcc_only)
      continue()
    endif()
    lanefold_add_check(compile_fail.${compiler}.${name} compile_fail "${lanefold_python}"
                       "${lanefold_tools}/check_compile_fail.py" "${source}" -- ${command})
  endforeach()
endforeach()

# ---- machine code ----------------------------------------------------------------------------------------------------

file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/machine_code/*.cu")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  lanefold_add_check(machine_code.${name} machine_code "${lanefold_python}"
                     "${lanefold_tools}/check_machine_code.py" "${source}")
  lanefold_add_check(machine_code.nvrtc.${name} machine_code "${lanefold_python}" "${lanefold_tools}/nvrtc.py" "${source}")
endforeach()

# ---- documents and tools ---------------------------------------------------------------------------------------------

set(examples_bin)
if(lanefold_has_simulator AND LANEFOLD_BUILD_EXAMPLES)
  set(examples_bin --bin "${PROJECT_BINARY_DIR}/bin")
endif()
lanefold_add_check(documents.quotes documents "${lanefold_python}" "${lanefold_tools}/check_documents.py" ${examples_bin})
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/tools/*_test.py")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  lanefold_add_check(tools.${name} documents "${lanefold_python}" "${source}")
endforeach()

add_subdirectory(tests/packaging)

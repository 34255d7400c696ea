# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# What every consumer does once it has lanefold::lanefold.

# The library asks for C++17 and an include path, and chooses nothing else for the user.
foreach(property INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS INTERFACE_LINK_LIBRARIES INTERFACE_LINK_OPTIONS)
  get_target_property(value lanefold::lanefold ${property})
  if(value)
    message(FATAL_ERROR "lanefold::lanefold imposes ${property}: ${value}")
  endif()
endforeach()

enable_testing()
add_executable(version "${CMAKE_CURRENT_LIST_DIR}/version.cpp")
target_link_libraries(version PRIVATE lanefold::lanefold)
add_test(NAME version COMMAND version)
if(NOT DEFINED lanefold_VERSION) # known from find_package alone
  set(lanefold_VERSION "[0-9]+\\.[0-9]+\\.[0-9]+")
endif()
set_tests_properties(version PROPERTIES PASS_REGULAR_EXPRESSION "^lanefold ${lanefold_VERSION}\n")

include("${CMAKE_CURRENT_LIST_DIR}/enable_cuda.cmake")
if(CMAKE_CUDA_COMPILER)
  include("${CMAKE_CURRENT_LIST_DIR}/cuda_consumer.cmake")
endif()

if(TARGET lanefold::simulator)
  add_executable(sum_on_simulator "${CMAKE_CURRENT_LIST_DIR}/sum_on_simulator.cpp")
  target_link_libraries(sum_on_simulator PRIVATE lanefold::simulator)
  add_test(NAME sum_on_simulator COMMAND sum_on_simulator)
  set_tests_properties(sum_on_simulator PROPERTIES PASS_REGULAR_EXPRESSION "sum of the lanes: 496")
endif()

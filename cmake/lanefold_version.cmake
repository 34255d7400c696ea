# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

# The header is the truth: LANEFOLD_VERSION = major * 10000 + minor * 100 + patch.
set(lanefold_version_header "${CMAKE_CURRENT_LIST_DIR}/../include/lanefold/version.cuh")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${lanefold_version_header}")
file(STRINGS "${lanefold_version_header}" lanefold_version_line REGEX "^#define LANEFOLD_VERSION [0-9]+")
if(NOT lanefold_version_line MATCHES "LANEFOLD_VERSION ([0-9]+)")
  message(FATAL_ERROR "lanefold: no line '#define LANEFOLD_VERSION <number>' in ${lanefold_version_header}")
endif()
set(lanefold_number ${CMAKE_MATCH_1})
math(EXPR lanefold_major "${lanefold_number} / 10000")
math(EXPR lanefold_minor "${lanefold_number} / 100 % 100")
math(EXPR lanefold_patch "${lanefold_number} % 100")
set(lanefold_header_version ${lanefold_major}.${lanefold_minor}.${lanefold_patch})

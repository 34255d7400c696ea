# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(lanefold_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/lanefold")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/lanefold" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS lanefold EXPORT lanefold)
install(EXPORT lanefold FILE lanefold-targets.cmake NAMESPACE lanefold:: DESTINATION "${lanefold_package_dir}")

if(lanefold_has_simulator)
  install(TARGETS lanefold_simulator lanefold_simulator_memory EXPORT lanefold-simulator)
  install(EXPORT lanefold-simulator NAMESPACE lanefold:: DESTINATION "${lanefold_package_dir}"
          FILE lanefold-simulator-targets.cmake)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/lanefold-config.cmake.in" lanefold-config.cmake
                              INSTALL_DESTINATION "${lanefold_package_dir}")
write_basic_package_version_file(lanefold-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/lanefold-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/lanefold-config-version.cmake" DESTINATION "${lanefold_package_dir}")

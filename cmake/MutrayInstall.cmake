# What is installed, and the packages made of it. Three components: `runtime`, which a machine that runs instrumented
# programs needs, `lines`, the part of it that needs libdw, and `tool`, which a machine that builds or looks at profiles needs.
# Everything finds its pieces relative to itself (base/paths.c, runtime/export/load.c, the CMake package, the .pc file), so a
# prefix can be moved.
include(CMakePackageConfigHelpers)

install(TARGETS mutray_runtime EXPORT mutray
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT tool)
install(TARGETS mutray_export mutray_upload LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime)
install(TARGETS mutray_lines LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT lines)
install(TARGETS mutray mutray-stage mutray-edit mutray-rewrite mutray-send RUNTIME COMPONENT tool)
install(FILES "${PROJECT_BINARY_DIR}/bin/mutray-cc" DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
if(TARGET mutray_archive)
  install(FILES "${PROJECT_BINARY_DIR}/lib/libmutray.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT tool)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/mutray" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT tool)

# Descriptions of libraries: share/ beside bin/, where mutray-edit looks, whatever CMAKE_INSTALL_DATADIR is.
get_filename_component(share "${CMAKE_INSTALL_FULL_BINDIR}/../share/mutray" ABSOLUTE)
file(RELATIVE_PATH share "${CMAKE_INSTALL_PREFIX}" "${share}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/tool/descriptions/" DESTINATION "${share}" COMPONENT tool
  FILES_MATCHING PATTERN "*.mutray")
install(FILES "${PROJECT_SOURCE_DIR}/runtime/valgrind.supp" DESTINATION "${share}" COMPONENT tool)

install(DIRECTORY "${PROJECT_BINARY_DIR}/share/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT tool)
file(GLOB guides CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/*.md")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  COMPONENT tool)
install(FILES ${guides} DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs" COMPONENT tool)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright COMPONENT tool)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/libmutray" RENAME copyright
  COMPONENT runtime)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/libmutray-lines" RENAME copyright
  COMPONENT lines)

# Completion, from the tool's own tables: where each shell looks for it.
set(completion_bash "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" mutray)
set(completion_zsh "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" _mutray)
set(completion_fish "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" mutray.fish)
foreach(shell IN ITEMS bash zsh fish)
  list(GET completion_${shell} 0 folder)
  list(GET completion_${shell} 1 name)
  set(script "${PROJECT_BINARY_DIR}/share/completion/${shell}")
  add_custom_command(OUTPUT "${script}" COMMAND mutray completion ${shell} > "${script}" DEPENDS mutray VERBATIM)
  list(APPEND scripts "${script}")
  install(FILES "${script}" DESTINATION "${folder}" RENAME "${name}" COMPONENT tool)
endforeach()
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/share/completion")
add_custom_target(mutray-completion ALL DEPENDS ${scripts})

# For CMake and for pkg-config.
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/mutray")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/mutrayConfig.cmake.in" "${PROJECT_BINARY_DIR}/mutrayConfig.cmake"
  INSTALL_DESTINATION "${package}" PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/mutrayConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mutrayConfig.cmake" "${PROJECT_BINARY_DIR}/mutrayConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/MutrayInstrument.cmake" DESTINATION "${package}" COMPONENT tool)
install(EXPORT mutray FILE mutrayTargets.cmake NAMESPACE mutray:: DESTINATION "${package}" COMPONENT tool)
file(RELATIVE_PATH MUTRAY_PC_TO_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/mutray.pc.in" "${PROJECT_BINARY_DIR}/mutray.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/mutray.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT tool)

# Debian packages: `cpack -G DEB` in a folder configured by the preset `debian`.
if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_GENERATOR DEB)
  if(NOT CPACK_PACKAGE_CONTACT) # whoever builds packages for others says who answers for them
    set(CPACK_PACKAGE_CONTACT "The mutray authors <mutray@localhost>")
  endif()
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_COMPONENTS_ALL runtime lines tool)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/cmake/debian/triggers")
  set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/debian/stage.cmake")
  set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libmutray)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
  set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "lock profiler for C programs: what instrumented programs load
 A program built through mutray runs without this package, but only with
 it can its locks be profiled.")
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS libmutray-lines)
  set(CPACK_DEBIAN_LINES_PACKAGE_NAME libmutray-lines)
  set(CPACK_DEBIAN_LINES_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_LINES_PACKAGE_DEPENDS "libmutray (= ${PROJECT_VERSION})")
  set(CPACK_COMPONENT_LINES_DESCRIPTION "lock profiler for C programs: file and line of callers
 What MUTRAY_LINES=1 needs; without it, profiles tell the callers of locks
 by function.")
  set(CPACK_DEBIAN_TOOL_PACKAGE_NAME mutray)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
  set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "libmutray (= ${PROJECT_VERSION})")
  set(CPACK_COMPONENT_TOOL_DESCRIPTION "lock profiler for C programs: build through it, look at profiles
 Gives every mutex of a C program its name in the profile of waits and holds.")
  include(CPack)
endif()

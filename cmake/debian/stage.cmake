# What Debian's policy wants of files that other installations have as they are: run by cpack before it packs, for each
# package's folder. Compressed without names and times, so that the same sources give the same bytes.
cmake_policy(VERSION 3.21)
file(GLOB packages "${CPACK_TEMPORARY_DIRECTORY}/*")
foreach(package IN LISTS packages)
  file(GLOB documents "${package}/usr/share/doc/*")
  foreach(folder IN LISTS documents)
    file(REMOVE "${folder}/copyright")
    file(COPY "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION "${folder}")
    get_filename_component(name "${folder}" NAME)
    file(WRITE "${folder}/changelog" "${name} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed stands in CHANGELOG.md, in the package mutray.

 -- ${CPACK_PACKAGE_CONTACT}  Thu, 01 Jan 2026 00:00:00 +0000
")
    file(CHMOD "${folder}/changelog" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    execute_process(COMMAND gzip -9n -f "${folder}/changelog" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  get_filename_component(part "${package}" NAME)
  if(NOT part STREQUAL "tool")
    file(MAKE_DIRECTORY "${package}/usr/share/lintian/overrides")
    configure_file("${CMAKE_CURRENT_LIST_DIR}/overrides" "${package}/usr/share/lintian/overrides/${name}" COPYONLY)
  endif()
  file(GLOB pages "${package}/usr/share/man/man*/*.[0-9]")
  if(pages)
    execute_process(COMMAND gzip -9n -f ${pages} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()

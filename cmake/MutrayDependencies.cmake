# The libraries mutray stands on, each as an imported target. All come from the system; nothing is downloaded.
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c>=1.3)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.68)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(LIBDW REQUIRED IMPORTED_TARGET libdw>=0.176)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_program(PROTOC_C NAMES protoc-c REQUIRED)
find_path(UTHASH_INCLUDE_DIR uthash.h REQUIRED)
if(MUTRAY_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

# libclang: 19 is the first that reads everything GCC 12 to 15 write (gnu23 among it); newer ones are taken too.
if(NOT TARGET mutray::libclang)
  find_path(LIBCLANG_INCLUDE_DIR clang-c/Index.h
    PATHS /usr/lib/llvm-21/include /usr/lib/llvm-20/include /usr/lib/llvm-19/include REQUIRED NO_DEFAULT_PATH)
  get_filename_component(LIBCLANG_PREFIX "${LIBCLANG_INCLUDE_DIR}" DIRECTORY)
  find_library(LIBCLANG_LIBRARY clang PATHS "${LIBCLANG_PREFIX}/lib" REQUIRED NO_DEFAULT_PATH)
  add_library(mutray::libclang SHARED IMPORTED)
  set_target_properties(mutray::libclang PROPERTIES IMPORTED_LOCATION "${LIBCLANG_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LIBCLANG_INCLUDE_DIR}")
endif()

# SPDX-License-Identifier: Apache-2.0
# cmake -D PAGE=page.html -D STYLE=style.css -D SCRIPTS=a.js,b.js -D OUT=page.h -P embed.cmake
# Puts the page together and writes it as two C arrays: what stands before the profile's data and what comes after it.
cmake_minimum_required(VERSION 3.21...3.31)
file(READ "${PAGE}" page)
file(READ "${STYLE}" style)
set(script "")
string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
foreach(file IN LISTS SCRIPTS)
  file(READ "${file}" text)
  string(APPEND script "${text}\n")
endforeach()
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
string(FIND "${page}" "@DATA@" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${PAGE} has no @DATA@")
endif()
string(SUBSTRING "${page}" 0 ${at} head)
math(EXPR at "${at} + 6")
string(SUBSTRING "${page}" ${at} -1 tail)

set(text "/* Made from tool/profile/html by embed.cmake. */\n#include <stddef.h>\n")
foreach(part IN ITEMS head tail)
  string(HEX "${${part}}" bytes)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(....................................................................................................)"
    "\\1\n" bytes "${bytes}")
  string(APPEND text "static const unsigned char mutray_page_${part}[] = {\n${bytes}};\n"
    "static const size_t mutray_page_${part}_size = sizeof mutray_page_${part};\n")
endforeach()
file(WRITE "${OUT}" "${text}")

# mutray_instrument(TARGET...): these targets are compiled and linked through mutray, and nothing else is.
#
# The same file serves a project that found an installed mutray and one that has mutray as a subproject; the global property
# MUTRAY_COMMAND says which program to put in front of the compiler. A launcher that is there already (ccache, distcc)
# stays, behind mutray, where it belongs.
function(mutray_instrument)
  get_property(command GLOBAL PROPERTY MUTRAY_COMMAND)
  foreach(target IN LISTS ARGN)
    if(NOT TARGET "${target}")
      message(FATAL_ERROR "mutray_instrument: there is no target '${target}'; call it after add_executable or add_library")
    endif()
    get_target_property(type "${target}" TYPE)
    if(NOT type MATCHES "^(EXECUTABLE|(STATIC|SHARED|MODULE|OBJECT)_LIBRARY)$")
      message(FATAL_ERROR "mutray_instrument: '${target}' has no sources of its own to compile; name the targets that have")
    endif()
    foreach(property IN ITEMS C_COMPILER_LAUNCHER C_LINKER_LAUNCHER CXX_LINKER_LAUNCHER)
      get_target_property(launcher "${target}" ${property})
      if(NOT launcher)
        set(launcher)
      elseif(command IN_LIST launcher)
        continue()
      endif()
      set_property(TARGET "${target}" PROPERTY ${property} "${command}" cc -- ${launcher})
    endforeach()
    # Whoever links these objects needs the runtime, though no symbol of theirs asks for it.
    if(type MATCHES "^(STATIC|OBJECT)_LIBRARY$")
      target_link_libraries("${target}" INTERFACE mutray::runtime)
      target_link_options("${target}" INTERFACE LINKER:--no-as-needed)
    endif()
    if(TARGET mutray-pieces) # mutray is a subproject: it is built first
      add_dependencies("${target}" mutray-pieces)
    endif()
  endforeach()
endfunction()

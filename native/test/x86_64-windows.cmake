# The C++ tests for Windows on another machine: zig builds them, ctest runs them in Wine, for `npm run test:windows`. scripts/binaries.mjs
# writes zig's toolchain file and builds OpenBLAS. Debian: apt-get install wine64 doctest-dev gfortran-mingw-w64-x86-64.
include(${CMAKE_CURRENT_LIST_DIR}/../../build-binaries/win32-x64.cmake)
find_program(GOD_WINE NAMES wine64 PATHS /usr/lib/wine REQUIRED NO_CMAKE_FIND_ROOT_PATH)
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/env WINEPREFIX=${CMAKE_BINARY_DIR}/wine WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= ${GOD_WINE})
# A folder with doctest alone: zig has its own headers of everything else.
file(COPY /usr/include/doctest DESTINATION ${CMAKE_BINARY_DIR}/include)
set(CMAKE_CXX_FLAGS_INIT -I${CMAKE_BINARY_DIR}/include)

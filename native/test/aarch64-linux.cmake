# The C++ tests for arm64 on another machine: Debian's cross compiler builds them, ctest runs them in qemu.
#   apt-get install g++-aarch64-linux-gnu qemu-user-static; dpkg --add-architecture arm64; apt-get update;
#   apt-get install libopenblas-pthread-dev:arm64 libstdc++6:arm64
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Use arm64's OpenBLAS. The machine's own comes first among the places in CMakeLists.txt.
set(OPENBLAS_INCLUDE /usr/include/aarch64-linux-gnu/openblas-pthread CACHE PATH "")
set(OPENBLAS_LIBRARY /usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.a CACHE FILEPATH "")

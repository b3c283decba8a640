"""A C and C++ toolchain for one target, out of the wheel `ziglang`."""

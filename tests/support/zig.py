"""Parts of zig's own files that the sysroot's program changes."""

COMPILER_RT = """\
pub inline fn symbol(comptime func: *const anyopaque, comptime name: []const u8) void {
    @export(func);
}
comptime {
    _ = @import("compiler_rt/divc3.zig");

    // Math routines. Alphabetically sorted.
    _ = @import("compiler_rt/cos.zig");
    _ = @import("compiler_rt/fmax.zig");

    // BigInt. Alphabetically sorted.
        _ = @import("compiler_rt/ssp.zig");
}
"""

MATHCALLS = """\
#if __GLIBC_USE (IEC_60559_FUNCS_EXT_C23)
/* Arc cosine of X, divided by pi.  */
__MATHCALL_VEC (cospi,, (_Mdouble_ __x));
#endif
#if __GLIBC_USE (IEC_60559_FUNCS_EXT_C23)
/* Compute exponent to base ten.  */
#endif
#if __GLIBC_USE (IEC_60559_FUNCS_EXT_C23)
/* Return 1+X to the Y power.  */
__MATHCALL_VEC (rsqrt,, (_Mdouble_ __x));
#endif
"""

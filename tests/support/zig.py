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

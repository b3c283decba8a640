/* Begin of every executable and shared library, instead of GCC's `crtbegin`: the handle by which the destructors of
 * one shared library are known, and their call when the library is unloaded.
 * See https://itanium-cxx-abi.github.io/cxx-abi/abi.html#dso-dtor.
 *
 * SHARED is defined for shared libraries and for executables that can be loaded at any address.
 */
#ifdef SHARED
__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;

extern void __cxa_finalize(void *) __attribute__((weak));

/* The functions of .fini_array run from the last to the first, and this one is the first. */
static void finalize(void)
{
    if (__cxa_finalize)
        __cxa_finalize(__dso_handle);
}

__attribute__((section(".fini_array"), used)) static void (*const at_unload)(void) = finalize;
#else
__attribute__((visibility("hidden"))) void *__dso_handle = 0;
#endif

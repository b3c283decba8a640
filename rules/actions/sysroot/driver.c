/* Compiler driver of a build: one program for `cc`, `c++`, `ld`, `ar` and other names; argv[0] selects.
 *
 * It starts clang, lld or ar, which are all in the one program `zig`. Before the first start it unpacks the sysroot:
 * most packages compile nothing, and thousands of files are too much work for each of their builds.
 *
 * ROOT is a string constant, which the compiler's command line defines: the folder with `zig` and `sysroot.tar`. A name
 * such as `exec-cc` is a compiler for the machine that builds, if wheels are for another one; its files are in `exec`.
 * The program uses no /proc and no environment, and it is linked statically: a hermetic sandbox has nothing else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXEC_PREFIX "exec-"
#define EXEC_ROOT ROOT "/exec"

struct paths {
    const char *root, *zig, *tar, *sysroot, *unfinished, *config, *option;
};
#define PATHS(root) \
    {root, root "/zig", root "/sysroot.tar", root "/sysroot", root "/sysroot.unfinished", root "/sysroot/clang.cfg", \
     "--config=" root "/sysroot/clang.cfg"}
static const struct paths TARGET_PATHS = PATHS(ROOT), EXEC_PATHS = PATHS(EXEC_ROOT);
static const struct paths *at = &TARGET_PATHS;

enum { BLOCK = 512, LONGEST_PATH = 256 + 2 };

struct program {
    const char *name;
    const char *tool; /* zig's first argument */
    const char *mode; /* clang's driver mode, or NULL */
};

static const struct program PROGRAMS[] = {
    {"cc", "clang", "--driver-mode=gcc"},       {"gcc", "clang", "--driver-mode=gcc"},
    {"clang", "clang", "--driver-mode=gcc"},    {"c99", "clang", "--driver-mode=gcc"},
    {"c++", "clang", "--driver-mode=g++"},      {"g++", "clang", "--driver-mode=g++"},
    {"clang++", "clang", "--driver-mode=g++"},  {"cpp", "clang", "--driver-mode=cpp"},
    {"clang-cpp", "clang", "--driver-mode=cpp"}, {"ld", "ld.lld", NULL},
    {"ld.lld", "ld.lld", NULL},                 {"ar", "ar", NULL},
    {"gcc-ar", "ar", NULL},                     {"llvm-ar", "ar", NULL},
    {"ranlib", "ranlib", NULL},                 {"gcc-ranlib", "ranlib", NULL},
    {"llvm-ranlib", "ranlib", NULL},
};

static const char *own_name = "cc";

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "%s: error: %s %s: %s\n", own_name, what, path, strerror(errno));
    exit(1);
}

/* Return the number in an octal field of a tar header. */
static size_t octal(const char *field, size_t length)
{
    size_t value = 0;
    for (; length && *field >= '0' && *field <= '7'; field++, length--)
        value = value * 8 + (size_t)(*field - '0');
    return value;
}

static void write_file(int folder, const char *name, const char *data, size_t size, mode_t mode)
{
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0)
        fail("cannot write", name);
    while (size) {
        ssize_t written = write(file, data, size);
        if (written < 0)
            fail("cannot write", name);
        data += written;
        size -= (size_t)written;
    }
    close(file);
}

/* Write one member; all errors except `exists` end the program. An unfinished folder may have some of the files. */
static void write_member(int folder, const char *header, const char *data, size_t size)
{
    char name[LONGEST_PATH], target[101];
    snprintf(name, sizeof name, "%.155s%s%.100s", header + 345, header[345] ? "/" : "", header);
    snprintf(target, sizeof target, "%.100s", header + 157);
    switch (header[156]) {
    case '5':
        if (mkdirat(folder, name, 0755) && errno != EEXIST)
            fail("cannot make", name);
        break;
    case '2':
        if (symlinkat(target, folder, name) && errno != EEXIST)
            fail("cannot link", name);
        break;
    default:
        write_file(folder, name, data, size, (mode_t)octal(header + 100, 8));
    }
}

/* Unpack the tar, which the project's own action made: it is complete, in ustar format, and without long names. */
static void unpack(int folder)
{
    struct stat state;
    int file = open(at->tar, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &state))
        fail("cannot read", at->tar);
    size_t size = (size_t)state.st_size;
    const char *tar = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (tar == MAP_FAILED)
        fail("cannot read", at->tar);
    for (size_t next = 0; next + BLOCK <= size && tar[next];) {
        size_t length = octal(tar + next + 124, 12);
        if (length > size - next - BLOCK) {
            errno = EINVAL;
            fail("incomplete file", at->tar);
        }
        write_member(folder, tar + next, tar + next + BLOCK, length);
        next += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
    }
    munmap((void *)tar, size);
    close(file);
}

/* Unpack the sysroot if no other compiler has. The others wait for the lock, which ends with its process. */
static void need_sysroot(void)
{
    if (!access(at->config, F_OK))
        return;
    int root = open(at->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || flock(root, LOCK_EX))
        fail("cannot lock", at->root);
    if (access(at->config, F_OK)) {
        mode_t mask = umask(022);
        if (mkdir(at->unfinished, 0755) && errno != EEXIST)
            fail("cannot make", at->unfinished);
        int folder = open(at->unfinished, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
            fail("cannot open", at->unfinished);
        unpack(folder);
        close(folder);
        if (rename(at->unfinished, at->sysroot))
            fail("cannot rename", at->unfinished);
        umask(mask);
    }
    close(root);
}

static const char *const NATIVE[] = {"-march=native", "-mcpu=native", "-mtune=native"};
enum { NATIVES = sizeof NATIVE / sizeof *NATIVE };

/* Return whether a file of arguments contains one of the refused ones. Clang reports a file that it cannot read. */
static int file_names_native(const char *path)
{
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC), found = 0;
    if (file < 0)
        return 0;
    char *text = fstat(file, &state) ? NULL : calloc(1, (size_t)state.st_size + 1);
    if (text && read(file, text, (size_t)state.st_size) > 0)
        for (int i = 0; i < NATIVES; i++)
            found |= strstr(text, NATIVE[i]) != NULL;
    free(text);
    close(file);
    return found;
}

/* Refuse code for the machine that builds: its instruction set would come into a cache that other machines share. */
static void refuse_native(char **arguments)
{
    for (; *arguments; arguments++) {
        const char *text = *arguments;
        int found = text[0] == '@' && file_names_native(text + 1);
        for (int i = 0; i < NATIVES; i++)
            found |= !strcmp(text, NATIVE[i]);
        if (found) {
            fprintf(stderr,
                    "%s: error: %s selects the processor of the machine that builds, but other machines use the "
                    "result. Name a processor, such as -march=x86-64-v3, or remove the option.\n",
                    own_name, text);
            exit(1);
        }
    }
}

/* Return the program of a name, which may have a prefix, such as `x86_64-linux-gnu-gcc`. */
static const struct program *find(const char *name)
{
    while (name) {
        for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS; i++)
            if (!strcmp(PROGRAMS[i].name, name))
                return &PROGRAMS[i];
        name = strchr(name, '-');
        name = name ? name + 1 : NULL;
    }
    return NULL;
}

int main(int count, char **arguments)
{
    const char *slash = count ? strrchr(arguments[0], '/') : NULL;
    own_name = slash ? slash + 1 : count ? arguments[0] : own_name;
    if (!strncmp(own_name, EXEC_PREFIX, strlen(EXEC_PREFIX)) ||
        (count && !strncmp(arguments[0], EXEC_ROOT "/", strlen(EXEC_ROOT "/"))))
        at = &EXEC_PATHS;
    const struct program *program = find(own_name);
    if (!program) {
        fprintf(stderr, "%s: error: the toolchain has no program of this name\n", own_name);
        return 127;
    }
    char **started = calloc((size_t)count + 7, sizeof *started), **next = started;
    if (!started)
        fail("cannot start", at->zig);
    *next++ = (char *)at->zig;
    *next++ = (char *)program->tool;
    if (program->mode) {
        refuse_native(arguments + 1);
        need_sysroot();
        *next++ = (char *)program->mode;
        *next++ = "--no-default-config";
        *next++ = (char *)at->option;
    }
    for (int i = 1; i < count; i++)
        *next++ = arguments[i];
    /* The configuration has options for the linker, so that `cc -v` alone would link; with this, it prints and ends. */
    if (program->mode && count == 2 && !strcmp(arguments[1], "-v"))
        *next++ = "-###";
    execv(at->zig, started);
    fail("cannot start", at->zig);
}

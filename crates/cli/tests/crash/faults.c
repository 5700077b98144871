// Faults at chosen system calls, to be loaded with LD_PRELOAD. Linux on x86-64 only.
//
// A seccomp filter traps every call that writes, names, unnames or flushes, whoever makes it: libc, or code that makes
// system calls by itself, which overriding libc's functions would miss. The handler of the trap counts the calls that
// touch what lies under a given folder, makes them, and writes them down; at the chosen one it does something else.
//
//   CLAUSA_FAULTS         KIND:INDEX, or nothing for counting only. KIND is one of
//                         enospc, eio   this call fails
//                         full          from this call on, whatever takes space fails with ENOSPC
//                         eintr         this call is interrupted once, where the system may interrupt it
//                         short         this call writes half of what it was given
//                         before, after SIGKILL before or after this call
//   CLAUSA_FAULTS_UNDER   the folder, without links in its name
//   CLAUSA_FAULTS_REPORT  a file outside of it: a line a call, "INDEX NAME RESULT PATH", and " !KIND" behind a fault
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__) || !defined(__linux__)
#error "registers and call numbers are those of Linux on x86-64"
#endif

// Where a call's arguments are; -1 for "none". A path may be relative to the folder `dir`; without a path, `dir` is the
// file itself.
struct call {
    int number;
    const char *name;
    signed char dir, path, length;
    // The system may interrupt it; it takes space.
    char waits, takes;
};

static const struct call CALLS[] = {
    {SYS_write, "write", 0, -1, 2, 1, 1},
    {SYS_pwrite64, "pwrite", 0, -1, 2, 1, 1},
    {SYS_writev, "writev", 0, -1, 2, 1, 1},
    {SYS_pwritev, "pwritev", 0, -1, 2, 1, 1},
    {SYS_pwritev2, "pwritev2", 0, -1, 2, 1, 1},
    {SYS_sendfile, "sendfile", 0, -1, 3, 1, 1},
    {SYS_copy_file_range, "copy_file_range", 2, -1, 4, 1, 1},
    {SYS_splice, "splice", 2, -1, 4, 1, 1},
    {SYS_ftruncate, "ftruncate", 0, -1, -1, 1, 1},
    {SYS_truncate, "truncate", -1, 0, -1, 1, 1},
    {SYS_fallocate, "fallocate", 0, -1, -1, 1, 1},
    {SYS_fsync, "fsync", 0, -1, -1, 1, 0},
    {SYS_fdatasync, "fdatasync", 0, -1, -1, 1, 0},
    {SYS_syncfs, "syncfs", 0, -1, -1, 0, 0},
    {SYS_sync_file_range, "sync_file_range", 0, -1, -1, 0, 0},
    {SYS_open, "open", -1, 0, -1, 1, 1},
    {SYS_openat, "openat", 0, 1, -1, 1, 1},
    {SYS_creat, "creat", -1, 0, -1, 1, 1},
    {SYS_rename, "rename", -1, 1, -1, 0, 0},
    {SYS_renameat, "renameat", 2, 3, -1, 0, 0},
    {SYS_renameat2, "renameat2", 2, 3, -1, 0, 0},
    {SYS_link, "link", -1, 1, -1, 0, 1},
    {SYS_linkat, "linkat", 2, 3, -1, 0, 1},
    {SYS_symlink, "symlink", -1, 1, -1, 0, 1},
    {SYS_symlinkat, "symlinkat", 1, 2, -1, 0, 1},
    {SYS_unlink, "unlink", -1, 0, -1, 0, 0},
    {SYS_unlinkat, "unlinkat", 0, 1, -1, 0, 0},
    {SYS_rmdir, "rmdir", -1, 0, -1, 0, 0},
    {SYS_mkdir, "mkdir", -1, 0, -1, 0, 1},
    {SYS_mkdirat, "mkdirat", 0, 1, -1, 0, 1},
    {SYS_fchmod, "fchmod", 0, -1, -1, 0, 0},
    {SYS_chmod, "chmod", -1, 0, -1, 0, 0},
    {SYS_fchmodat, "fchmodat", 0, 1, -1, 0, 0},
};
enum { COUNT = sizeof CALLS / sizeof *CALLS, LINE = 4096 };

// The filter lets calls pass that carry this in the upper half of the sixth argument, where no call listed above has
// anything: those are ours.
static const unsigned OURS = 0x636c6173;

static char kind[16], under[1024];
static long chosen = -1;
static int report = -1;
static long counted;

static long make(int number, const greg_t *a) {
    long result;
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = (long)(((unsigned long)OURS << 32) | (a[5] & 0xffffffffUL));
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

// The target of a link of /proc, or "".
static void follow(const char *link, char *into, size_t room) {
    const greg_t a[6] = {(greg_t)link, (greg_t)into, (greg_t)room - 1};
    long length = make(SYS_readlink, a);
    into[length > 0 ? length : 0] = 0;
}

static void path_of(const struct call *call, const greg_t *a, char *into) {
    const char *path = call->path < 0 ? "" : (const char *)a[(int)call->path];
    char link[64] = "/proc/self/cwd";
    into[0] = 0;
    if (path[0] != '/') {
        int folder = call->dir < 0 ? AT_FDCWD : (int)a[(int)call->dir];
        if (folder != AT_FDCWD)
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        follow(link, into, LINE / 2);
        if (path[0])
            strcat(into, "/");
    }
    strncat(into, path, LINE / 2 - 2);
}

static void note(long index, const struct call *call, long result, const char *path, int is_fault) {
    char line[LINE];
    int length = snprintf(line, sizeof line, "%ld %s %ld %s%s%s\n", index, call->name, result, path,
                          is_fault ? " !" : "", is_fault ? kind : "");
    const greg_t a[6] = {report, (greg_t)line, length};
    make(SYS_write, a);
}

static void die(void) {
    const greg_t a[6] = {getpid(), SIGKILL};
    make(SYS_kill, a);
}

// Makes a call with half of its length. One with several buffers takes a half of the first.
static long make_half(const struct call *call, const greg_t *a) {
    greg_t half[6];
    memcpy(half, a, sizeof half);
    size_t *length = (size_t *)&half[(int)call->length];
    struct iovec first;
    if (strchr(call->name, 'v') && call->length == 2) {
        first = *(const struct iovec *)a[1];
        half[1] = (greg_t)&first;
        half[2] = 1;
        length = &first.iov_len;
    }
    if (*length >= 2)
        *length /= 2;
    return make(call->number, half);
}

static long with_fault(const struct call *call, long index, const greg_t *a) {
    char path[LINE];
    path_of(call, a, path);
    size_t length = strlen(under);
    if (!length || strncmp(path, under, length) || path[length] != '/')
        return make(call->number, a);
    index = __atomic_fetch_add(&counted, 1, __ATOMIC_SEQ_CST);
    const int is_full = !strcmp(kind, "full");
    const int is_chosen = is_full ? index >= chosen && call->takes : index == chosen;
    long result;
    if (is_chosen && is_full)
        result = -ENOSPC;
    else if (is_chosen && !strcmp(kind, "enospc"))
        result = -ENOSPC;
    else if (is_chosen && !strcmp(kind, "eio"))
        result = -EIO;
    else if (is_chosen && !strcmp(kind, "eintr") && call->waits)
        result = -EINTR;
    else if (is_chosen && !strcmp(kind, "short") && call->length >= 0)
        result = make_half(call, a);
    else if (is_chosen && !strcmp(kind, "before"))
        note(index, call, 0, path, 1), die(), result = -EIO;
    else
        result = make(call->number, a);
    note(index, call, result, path, is_chosen);
    if (is_chosen && !strcmp(kind, "after"))
        die();
    return result;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    (void)signal;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const greg_t a[6] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                         registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
    for (int i = 0; i < COUNT; i++)
        if (CALLS[i].number == info->si_syscall)
            registers[REG_RAX] = with_fault(&CALLS[i], 0, a);
}

static void stop(const char *what) {
    fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
    _exit(99);
}

// The instructions of the filter. A jump skips so many instructions when the value loaded is equal, and others if not.
#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field)
#define EQUAL(value, then, otherwise) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define ANY_OF(bits, then, otherwise) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, then, otherwise)
#define RETURN(what) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i))

static void install_filter(void) {
    struct sock_filter filter[8 + 5 * COUNT];
    int n = 0;
    filter[n++] = LOAD(offsetof(struct seccomp_data, arch));
    filter[n++] = EQUAL(AUDIT_ARCH_X86_64, 1, 0);
    filter[n++] = RETURN(ALLOW);
    filter[n++] = LOAD(ARGUMENT(5) + 4);
    filter[n++] = EQUAL(OURS, 0, 1);
    filter[n++] = RETURN(ALLOW);
    filter[n++] = LOAD(offsetof(struct seccomp_data, nr));
    for (const struct call *call = CALLS; call < CALLS + COUNT; call++) {
        const int opens = call->number == SYS_open || call->number == SYS_openat;
        filter[n++] = EQUAL(call->number, 0, opens ? 4 : 1);
        if (opens) {
            // Opening counts only where it may make a file.
            filter[n++] = LOAD(ARGUMENT(call->path + 1));
            filter[n++] = ANY_OF(O_CREAT | (O_TMPFILE & ~O_DIRECTORY), 1, 0);
            filter[n++] = RETURN(ALLOW);
        }
        filter[n++] = RETURN(TRAP);
    }
    filter[n++] = RETURN(ALLOW);
    const struct sock_fprog program = {(unsigned short)n, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        stop("the filter cannot be installed");
}

__attribute__((constructor)) static void begin(void) {
    const struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (sigaction(SIGSYS, &action, NULL))
        stop("the trap cannot be handled");
    const char *folder = getenv("CLAUSA_FAULTS_UNDER"), *plan = getenv("CLAUSA_FAULTS");
    // A program that the one under test starts has the filter already, and is left alone.
    if (!folder || !plan)
        return;
    if (plan[0] && sscanf(plan, "%15[a-z]:%ld", kind, &chosen) != 2)
        stop("CLAUSA_FAULTS cannot be read");
    snprintf(under, sizeof under, "%s", folder);
    report = open(getenv("CLAUSA_FAULTS_REPORT"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (report < 0)
        stop("the report cannot be written");
    unsetenv("CLAUSA_FAULTS");
    install_filter();
}

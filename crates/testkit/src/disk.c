// A disk that is full while a file exists, to be loaded into PostgreSQL with LD_PRELOAD.
//
// Whatever makes a file of a table longer fails with ENOSPC, as on a real disk without space; what is there can be written
// over. CLAUSA_DISK_FULL names the file. CLAUSA_LOG_DISK_FULL names another one, for a disk that holds the write-ahead log.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(const char *variable)
{
    const char *file = getenv(variable);
    return file && access(file, F_OK) == 0;
}

static int lacks_space(int fd, off_t end)
{
    int before = errno, lacks = 0;
    int tables = is_full("CLAUSA_DISK_FULL"), log = is_full("CLAUSA_LOG_DISK_FULL");
    if (tables || log) {
        char link[64], path[4096];
        struct stat file;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length > 0 ? length : 0] = 0;
        int is_there = (tables && strstr(path, "/data/base/")) || (log && strstr(path, "/data/pg_wal/"));
        lacks = is_there && fstat(fd, &file) == 0 && end > file.st_size;
    }
    errno = lacks ? ENOSPC : before;
    return lacks;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (lacks_space(fd, offset + (off_t)count))
        return -1;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pwrite");
    return next(fd, bytes, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
    static ssize_t (*next)(int, const struct iovec *, int, off_t);
    off_t end = offset;
    for (int piece = 0; piece < count; piece++)
        end += (off_t)pieces[piece].iov_len;
    if (lacks_space(fd, end))
        return -1;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pwritev");
    return next(fd, pieces, count, offset);
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
    static int (*next)(int, off_t, off_t);
    if (lacks_space(fd, offset + length))
        return ENOSPC;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "posix_fallocate");
    return next(fd, offset, length);
}

/* Loaded before the system's library: the wall clock stands at VECTOR_NOW, and nothing can be connected to. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

static time_t moment(void) {
    const char *text = getenv("VECTOR_NOW");
    return text ? (time_t)strtoll(text, NULL, 10) : 0;
}

int clock_gettime(clockid_t id, struct timespec *out) {
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        *out = (struct timespec){.tv_sec = moment()};
        return 0;
    }
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    return real(id, out);
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    (void)zone;
    *out = (struct timeval){.tv_sec = moment()};
    return 0;
}

time_t time(time_t *out) {
    if (out) *out = moment();
    return moment();
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
    (void)node, (void)service, (void)hints, (void)out;
    return EAI_NONAME;
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    if (address->sa_family == AF_INET || address->sa_family == AF_INET6) {
        errno = ENETUNREACH;
        return -1;
    }
    int (*real)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    return real(socket, address, length);
}

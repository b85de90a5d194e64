// SPDX-FileCopyrightText: 2026 The deepracer-drive authors
// SPDX-License-Identifier: Apache-2.0
//
// A system clock that can be set without root: preloaded into a process, it adds the seconds that
// the file named by DEEPRACER_CLOCK_OFFSET holds (int64) to CLOCK_REALTIME, and nothing else.
// Deadlines on that clock are looked at again every SLICE_NS, as the kernel does when it is set.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS 20000000L
#define BILLION 1000000000L

static const int64_t nothing;
static const volatile int64_t *offset = &nothing;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("DEEPRACER_CLOCK_OFFSET");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) offset = page;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  long failed = syscall(SYS_clock_gettime, clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
  return (int)failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

// Turns a deadline of the shifted clock into one of the kernel's, a slice ahead at most; returns
// whether the deadline itself lies beyond it.
static int slice(const struct timespec *deadline, struct timespec *until) {
  struct timespec end;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &end);
  end.tv_nsec += SLICE_NS;
  end.tv_sec += end.tv_nsec / BILLION;
  end.tv_nsec %= BILLION;
  *until = *deadline;
  until->tv_sec -= *offset;
  if (until->tv_sec < end.tv_sec || (until->tv_sec == end.tv_sec && until->tv_nsec <= end.tv_nsec))
    return 0;
  *until = end;
  return 1;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline) {
  struct timespec now, until;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  // The condition knows its clock, and does not tell; a machine's uptime is shorter than an epoch.
  if (deadline->tv_sec < now.tv_sec / 2)
    return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, deadline);
  int early = slice(deadline, &until);
  int result = pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &until);
  // POSIX allows waits on a condition to end without a reason, and callers to expect it.
  return early && result == ETIMEDOUT ? 0 : result;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
  struct timespec until;
  for (;;) {
    int early = slice(deadline, &until);
    int result = sem_clockwait(semaphore, CLOCK_REALTIME, &until);
    if (!early || !result || errno != ETIMEDOUT) return result;
  }
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                            const struct timespec *restrict deadline) {
  struct timespec until;
  for (;;) {
    int early = slice(deadline, &until);
    int result = pthread_mutex_clocklock(mutex, CLOCK_REALTIME, &until);
    if (!early || result != ETIMEDOUT) return result;
  }
}

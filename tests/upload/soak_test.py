#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day of uploads: 1,440 intervals, with the receiver down, in one way or another, for random thirds of them. Memory
stays flat, and each time the receiver is back, when nothing is kept any more, what arrived and what the last upload
counts as dropped are together what was made.

Usage: soak_test.py GUEST [SEED]. The guest is soak_guest.c; time is compressed: an interval lasts as long as it must.
"""
import random
import subprocess
import sys

from capture import CaptureServer, clean_environment, event

GUEST = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20260101
INTERVALS = 1440
UP, DOWN = 60000, 40  # milliseconds for sending; when down nothing can arrive, however short the time
REFUSED = 413
TROUBLE = 503, 429, 'close', 'garbage'


def plan(random):
    """What the receiver answers in each interval."""
    answers = []
    while len(answers) < INTERVALS:
        mood = random.choice(TROUBLE + (REFUSED,)) if random.random() < 1 / 3 else 200
        answers += [mood] * random.randint(1, 12)
    return answers[:INTERVALS - 1] + [200]


def seq(request):
    return int(dict(tag.split(':', 1) for tag in event(request)['tags_profiler'].split(','))['profile_seq'])


def main():
    answers = plan(random.Random(SEED))
    arrived, told, dropped, refused, whole, heap = set(), 0, 0, 0, 0, []
    with CaptureServer() as server:
        # Without malloc's caches of each thread, whose free blocks would count as in use.
        environment = clean_environment(DD_PROFILING_ENABLED='true', DD_TRACE_AGENT_URL=server.url,
                                        GLIBC_TUNABLES='glibc.malloc.tcache_count=0')
        guest = subprocess.Popen([GUEST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for made, answer in enumerate(answers, 1):
            with server.seen:
                server.answers, server.requests = [answer], []
            guest.stdin.write(f'{DOWN if answer in TROUBLE else UP}\n')
            guest.stdin.flush()
            result, used, descriptors = (int(word) for word in guest.stdout.readline().split())
            server.settle()  # what the guest gave up may come late
            with server.seen:
                requests = list(server.requests)
            for request in requests:
                told = event(request)['internal']['profiles_dropped']
            if answer == 200:
                assert result == 0, (made, result)
                sent = [seq(request) for request in requests]
                assert sent == sorted(sent) and not arrived & set(sent), 'oldest first, each once'
                arrived |= set(sent)
                # Nothing is queued now: all that were made have arrived or are counted.
                assert len(arrived) + told == made, (made, len(arrived), told)
                whole += 1
                heap.append((used, descriptors))
            elif answer == REFUSED:
                assert result < 0 and len(requests) >= 1, (made, result)
                refused += len(requests)
            else:
                assert result < 0, (made, answer, result)
                assert len(requests) <= 3, 'no more than three attempts'
            dropped = told
        guest.stdin.close()
        assert guest.wait(30) == 0
    assert len(arrived) + dropped == INTERVALS and arrived <= set(range(INTERVALS))
    assert dropped >= refused > 0 and whole > INTERVALS / 3, (dropped, refused, whole)
    early, late = heap[:len(heap) // 4], heap[len(heap) // 4:]
    assert max(late)[0] <= max(early)[0] + 4096, f'memory grows: {max(early)[0]} to {max(late)[0]} bytes'
    assert {descriptors for _, descriptors in heap} == {heap[0][1]}, 'descriptors stay open'
    print(f'seed {SEED}: {INTERVALS} made, {len(arrived)} sent, {dropped} dropped ({refused} refused), heap '
          f'{max(early)[0]} bytes at first, {max(late)[0]} later')


if __name__ == '__main__':
    main()

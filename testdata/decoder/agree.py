"""Compares with a stream of vectors: u32 length and vector, again and again. See README.md."""

import sys
from collections import Counter
from multiprocessing import Pool
from threading import Semaphore

import vectors

WORKERS, BATCH = 2, 32


def batches(stream, room):
    """The stream in batches of numbered vectors, no more at a time than there is room for."""
    index, batch = 0, []
    while length := stream.read(4):
        vector = stream.read(int.from_bytes(length, "big"))
        batch.append((index, vector))
        index += 1
        if len(batch) == BATCH:
            room.acquire()
            yield batch
            batch = []
    room.acquire()
    yield batch


def judge(batch):
    return [(index, *vectors.disagreement(vector)) for index, vector in batch]


def main():
    verdicts, wrong = Counter(), 0
    with Pool(WORKERS) as pool:
        room = Semaphore(4 * WORKERS)
        for batch in pool.imap(judge, batches(sys.stdin.buffer, room)):
            room.release()
            for index, verdict, difference in batch:
                verdicts[verdict] += 1
                if difference:
                    wrong += 1
                    print(f"file {index}: {difference}")
    total = sum(verdicts.values())
    for verdict, count in verdicts.most_common():
        print(f"{count:8} {verdict}")
    print(f"{total} files, {wrong} disagreements")
    return 1 if wrong else 0

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
    counts, wrong, room = Counter(), 0, Semaphore(4 * WORKERS)
    with Pool(WORKERS) as pool:
        for batch in pool.imap(judge, batches(sys.stdin.buffer, room)):
            room.release()
            for index, verdict, difference in batch:
                counts[verdict] += 1
                if difference:
                    wrong += 1
                    print(f"file {index}: {difference}")
    total = sum(counts.values())
    for verdict, count in counts.most_common():
        print(f"{count:8}  {100 * count / total:5.1f} %  {verdict}")
    print(f"{total} files, {wrong} disagreements")
    return 1 if wrong or total >= 2000 and not is_mixed(counts, total) else 0


def is_mixed(counts, total):
    """Whether enough files open and every layer refuses its share, so that agreement means something."""
    layers = [verdict for verdict in vectors.VERDICTS if verdict != "origin"]
    if rare := [layer for layer in layers if counts[layer] < total * (0.3 if layer == "opens" else 0.01)]:
        print(f"too few of {', '.join(rare)}: the mix is no good")
    return not rare

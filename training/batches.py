"""Batches of tokenised examples, made from shards while those are still being written."""

from __future__ import annotations

import dataclasses
import pathlib
import queue
import random
import threading
from typing import Iterator

import numpy

PROMPT_WEIGHT = 0.1
WIDTH = 1_024  # tokens in a row; longer sequences are left out
OPEN = 24  # rows that may still get a sequence
AT_A_TIME = 4  # shards whose sequences are mixed


class Shard:
    """Sequences one after the other, where each begins, and where its answer does."""

    def __init__(self, path: pathlib.Path, most: int | None = None):
        with numpy.load(path) as read:
            self.ids, starts, self.answers = read["ids"].astype(numpy.int32), read["starts"], read["answers"]
        most = len(self.answers) if most is None else most
        self.begins, self.ends, self.answers = starts[:-1][:most], starts[1:][:most], self.answers[:most]


@dataclasses.dataclass(frozen=True)
class Batch:
    """Rows of several sequences; shape (rows, WIDTH) each."""

    ids: numpy.ndarray
    targets: numpy.ndarray  # the token after each
    weights: numpy.ndarray  # of its loss: 0 for padding, 1 in answers
    sequences: numpy.ndarray  # the number of the sequence in its row; 0 for padding

    def arrays(self) -> tuple[numpy.ndarray, ...]:
        return self.ids, self.targets, self.weights, self.sequences


def packed(shard: Shard, rng: random.Random) -> list[list[int]]:
    """The sequences of a shard by row, in a random order: each is put into the fullest row that has room."""
    order = list(range(len(shard.answers)))
    rng.shuffle(order)
    full: list[list[int]] = []
    waiting: list[tuple[int, list[int]]] = []  # the room left in a row, and the row
    lengths = (shard.ends - shard.begins).tolist()
    for at in order:
        length = lengths[at] - 1  # the last token is a target only
        if length > WIDTH:
            continue
        fitting = [place for place in range(len(waiting)) if waiting[place][0] >= length]
        if fitting:
            place = min(fitting, key=lambda each: waiting[each][0])
            room, row = waiting[place]
            row.append(at)
            waiting[place] = (room - length, row)
        else:
            if len(waiting) == OPEN:
                fullest = min(range(OPEN), key=lambda each: waiting[each][0])
                full.append(waiting.pop(fullest)[1])
            waiting.append((WIDTH - length, [at]))
    full += [row for _, row in waiting]
    rng.shuffle(full)
    return full


def batch(rows: list[tuple[Shard, list[int]]]) -> Batch:
    shape = (len(rows), WIDTH)
    made = Batch(numpy.zeros(shape, numpy.int32), numpy.zeros(shape, numpy.int32), numpy.zeros(shape, numpy.float32), numpy.zeros(shape, numpy.int32))
    for row, (shard, sequences) in enumerate(rows):
        at = 0
        for number, sequence in enumerate(sequences):
            begin, end, answer = int(shard.begins[sequence]), int(shard.ends[sequence]), int(shard.answers[sequence])
            after = at + end - begin - 1
            made.ids[row, at:after] = shard.ids[begin : end - 1]
            made.targets[row, at:after] = shard.ids[begin + 1 : end]
            made.sequences[row, at:after] = number + 1
            made.weights[row, at:after] = PROMPT_WEIGHT
            made.weights[row, at + answer - begin - 1 : after] = 1
            at = after
    return made


def padded(shard: Shard, most_tokens: int) -> Iterator[tuple[numpy.ndarray, numpy.ndarray]]:
    """Ids of shape (sequences, width), one sequence a row, and which of them are of the answer."""
    order = numpy.argsort(shard.ends - shard.begins, kind="stable")
    first = 0
    while first < len(order):
        last = first + 1
        while last < len(order) and (last - first + 1) * int(shard.ends[order[last]] - shard.begins[order[last]]) <= most_tokens:
            last += 1
        chosen = order[first:last]
        begins, ends = shard.begins[chosen, None], shard.ends[chosen, None]
        at = begins + numpy.arange(int((ends - begins).max()))
        ids = shard.ids[numpy.minimum(at, len(shard.ids) - 1)] * (at < ends)
        yield ids, (at >= shard.answers[chosen, None]) & (at < ends)
        first = last


def endless(folder: pathlib.Path, rows: int, seed: int) -> Iterator[Batch]:
    """Batches of all shards of a folder, again and again; shards that appear meanwhile are used first."""
    rng = random.Random(seed)
    used: dict[pathlib.Path, int] = {}
    waiting: list[tuple[Shard, list[int]]] = []
    while True:
        found = sorted(folder.glob("shard-[0-9]*[0-9].npz"))
        if not found:
            raise FileNotFoundError(f"no shards in {folder}: run prepare.py first")
        rng.shuffle(found)
        for path in sorted(found, key=lambda path: used.get(path, 0))[:AT_A_TIME]:
            used[path] = used.get(path, 0) + 1
            shard = Shard(path)
            waiting += [(shard, row) for row in packed(shard, rng)]
        rng.shuffle(waiting)
        while len(waiting) >= rows:
            yield batch(waiting[:rows])
            del waiting[:rows]


def ahead(batches: Iterator[Batch], most: int = 16) -> Iterator[Batch]:
    """The same, made by another thread that is up to so many batches ahead; its error is raised here."""
    waiting: queue.Queue = queue.Queue(most)

    def fill() -> None:
        try:
            for made in batches:
                waiting.put(made)
        except Exception as e:  # raised in the thread that waits
            waiting.put(e)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        made = waiting.get()
        if isinstance(made, Exception):
            raise made
        yield made

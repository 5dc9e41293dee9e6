"""Writes the training data: conversations, rendered and tokenised, in shards.

Usage: prepare.py ASSETS DIRECTORY SHARDS [--first N] [--every M]

The tokenizer is trained first, unless the directory has one, and held-out shards are written: of real
releases, and of drawn ones. A shard depends on its number alone, so several runs may make different
ones at the same time: of M runs, the one with --first N makes the shards N, N + M, N + 2 M, and so on.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import random
from typing import Iterable, Iterator

import numpy

import batches
import conversations
import releases
import templates
import tokenizer

PER_SHARD = 5_000
HELD_OUT = 2_000
VOCABULARY = 2_048


def rendered(template, sample: conversations.Sample) -> tuple[str, str]:
    """What the model is given, and what it has to answer."""
    call = sample.call
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    answer = f'<|tool_call|>{{"name": "{call["name"]}", "arguments": {arguments}}}<|end|>'
    return templates.render(template, sample.messages), answer


def drawn(name: str, records: list[dict], odd_ones: float = conversations.ODD) -> Iterator[conversations.Sample]:
    """Samples without end, the same for the same name."""
    rng = random.Random(name)
    while True:
        sample = conversations.sample(rng, records, odd_ones=odd_ones)
        if sample is not None:
            yield sample


def in_usual_order(call: dict) -> bool:
    """Whether the likeliest order of properties; the prompt does not show which one the grammar will demand."""
    arguments = call["arguments"]
    return next(iter(arguments)) != "executable" and all(next(iter(mapping)) == "os" for mapping in arguments.get("mappings", []))


def real(records: list[dict], times: int) -> Iterator[conversations.Sample]:
    """Each record so many times under its own name."""
    rng = random.Random("held out")
    for record in records * times:
        sample = conversations.sample(rng, records, evaluation=True, record=record)
        if sample is not None:
            yield sample


def shard(samples: Iterable[conversations.Sample], most: int, template, encoder: tokenizer.Tokenizer) -> dict[str, numpy.ndarray]:
    """Ids of all sequences one after the other, where each begins, and where its answer does."""
    ids: list[int] = []
    starts: list[int] = []
    answers: list[int] = []
    for sample in samples:
        if len(starts) == most:
            break
        prompt, answer = rendered(template, sample)
        if not shows(prompt, sample.call):
            continue  # the template took a right file for noise
        head, tail = encoder.encode(prompt), encoder.encode(answer)
        if len(head) + len(tail) > batches.WIDTH:
            continue
        starts.append(len(ids))
        answers.append(len(ids) + len(head))
        ids += head + tail
    return {"ids": numpy.array(ids, numpy.uint16), "starts": numpy.array(starts + [len(ids)], numpy.int64), "answers": numpy.array(answers, numpy.int64)}


def shows(prompt: str, call: dict) -> bool:
    """Whether a prompt has all files that a call names."""
    return all(f"\n{mapping['asset']}\n" in prompt for mapping in call["arguments"].get("mappings", []))


def write(path: pathlib.Path, samples: Iterable[conversations.Sample], most: int, template, encoder: tokenizer.Tokenizer) -> None:
    """Writes a shard unless it is there."""
    if not path.exists():
        partial = path.with_suffix(".part.npz")
        numpy.savez_compressed(partial, **shard(samples, most, template, encoder))
        os.replace(partial, path)
        print(path.stem, flush=True)


def training_records(assets: pathlib.Path) -> list[dict]:
    """All but the held-out owners and those kept apart."""
    return [record for record in releases.load(assets) if not releases.held_out(owner(record)) and owner(record).lower() not in releases.KEPT_APART]


def owner(record: dict) -> str:
    return record["repo"].split("/")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assets", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("shards", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    records = training_records(options.assets)
    template = templates.load()
    vocabulary = options.directory / "tokenizer.json"
    if not vocabulary.exists():
        samples = itertools.islice(drawn("tokenizer", records), 6_000)
        tokenizer.train(("".join(rendered(template, sample)) for sample in samples), VOCABULARY).save(vocabulary)
    encoder = tokenizer.Tokenizer.load(vocabulary)
    if options.first == 0:
        held_out = [record for record in releases.load(options.assets) if releases.held_out(owner(record))]
        write(options.directory / "held-out-real.npz", real(held_out, 4), HELD_OUT, template, encoder)
        others = (sample for sample in drawn("held out", held_out) if in_usual_order(sample.call))
        write(options.directory / "held-out-drawn.npz", others, HELD_OUT, template, encoder)
        odd = (sample for sample in drawn("held out, odd", held_out, 1.0) if in_usual_order(sample.call))
        write(options.directory / "held-out-odd.npz", odd, HELD_OUT, template, encoder)
    for number in range(options.first, options.first + options.shards * options.every, options.every):
        write(options.directory / f"shard-{number:04d}.npz", drawn(f"shard {number}", records), PER_SHARD, template, encoder)


if __name__ == "__main__":
    main()

"""Writes the training data: conversations, rendered and tokenised, in shards.

Usage: prepare.py ASSETS DIRECTORY SHARDS [--first N]

The tokenizer is trained first, unless the directory has one. A shard depends on its number alone,
so several runs may make different ones at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random

import numpy

import conversations
import releases
import templates
import tokenizer

PER_SHARD = 5_000
VOCABULARY = 2_048
LONGEST = 1_536


def rendered(template, sample: conversations.Sample) -> tuple[str, str]:
    """What the model is given, and what it has to answer."""
    call = sample.call
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    answer = f'<|tool_call|>{{"name": "{call["name"]}", "arguments": {arguments}}}<|end|>'
    return templates.render(template, sample.messages), answer


def shard(number: int, records: list[dict], template, encoder: tokenizer.Tokenizer) -> dict[str, numpy.ndarray]:
    """Ids of all sequences one after the other, where each begins, and where its answer does."""
    rng = random.Random(f"shard {number}")
    ids: list[int] = []
    starts: list[int] = []
    answers: list[int] = []
    while len(starts) < PER_SHARD:
        sample = conversations.sample(rng, records)
        if sample is None:
            continue
        prompt, answer = rendered(template, sample)
        if not shows(prompt, sample.call):
            continue  # the template took a right file for noise
        head, tail = encoder.encode(prompt), encoder.encode(answer)
        if len(head) + len(tail) > LONGEST:
            continue
        starts.append(len(ids))
        answers.append(len(ids) + len(head))
        ids += head + tail
    return {"ids": numpy.array(ids, numpy.uint16), "starts": numpy.array(starts + [len(ids)], numpy.int64), "answers": numpy.array(answers, numpy.int64)}


def shows(prompt: str, call: dict) -> bool:
    """Whether a prompt has all files that a call names."""
    return all(f"\n{mapping['asset']}\n" in prompt for mapping in call["arguments"].get("mappings", []))


def training_records(assets: pathlib.Path) -> list[dict]:
    """All but the held-out owners and those kept apart."""
    owner = lambda record: record["repo"].split("/")[0]
    return [record for record in releases.load(assets) if not releases.held_out(owner(record)) and owner(record).lower() not in releases.KEPT_APART]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assets", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("shards", type=int)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    records = training_records(options.assets)
    template = templates.load()
    vocabulary = options.directory / "tokenizer.json"
    if not vocabulary.exists():
        rng = random.Random("tokenizer")
        samples = [conversations.sample(rng, records) for _ in range(6_000)]
        tokenizer.train(("".join(rendered(template, sample)) for sample in samples if sample), VOCABULARY).save(vocabulary)
    encoder = tokenizer.Tokenizer.load(vocabulary)
    for number in range(options.first, options.first + options.shards):
        target = options.directory / f"shard-{number:04d}.npz"
        if not target.exists():
            partial = target.with_suffix(".part.npz")
            numpy.savez(partial, **shard(number, records, template, encoder))
            os.replace(partial, target)
            print(f"shard {number}", flush=True)


if __name__ == "__main__":
    main()

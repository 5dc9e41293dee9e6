"""How often a checkpoint, or what its file makes of it, gives the right answer for held-out owners.

Usage: evaluate.py ASSETS DATA CHECKPOINT [--limit N] [--free] [--quantized]

Answers are greedy. Files' names are held to those of the prompt, as the runtime holds them, unless
--free is given. The runtime's own benchmark ("bench/run assets") is the one that counts: it asks
the daemon and builds its prompts itself.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import random

import torch

import conversations
import gguf
import model as models
import prepare
import releases
import templates
import tokenizer

MOST_TOKENS = 700
ASSET = '"asset": "'


class Answerer:
    """A model that answers prompts, one at a time."""

    def __init__(self, network: models.Model, encoder: tokenizer.Tokenizer):
        self.network = network
        self.encoder = encoder

    @torch.no_grad()
    def answer(self, prompt: str, names: list[str]) -> str:
        """The answer to a prompt; the values of "asset" are among the names, if there are any."""
        ids = self.encoder.encode(prompt)
        logits, past = self.network(torch.tensor([ids]))
        logits = logits[0, -1]
        spelt = [self.encoder.encode(name) + [None] for name in names]
        written: list[int] = []
        text = ""
        while len(written) < MOST_TOKENS:
            token = int(logits.argmax())
            if names and text.endswith(ASSET):
                for each in self.grounded(logits, past, spelt):
                    token, logits, past = each
                    written.append(token)
                text = self.encoder.decode(written)
                continue
            if token == tokenizer.END:
                break
            written.append(token)
            text = self.encoder.decode(written)
            logits, past = self.step(token, past)
        return text

    def step(self, token: int, past: list) -> tuple[torch.Tensor, list]:
        logits, past = self.network(torch.tensor([[token]]), past)
        return logits[0, -1], past

    def grounded(self, logits: torch.Tensor, past: list, spelt: list[list]):
        """The tokens of the likeliest name, chosen token by token."""
        at = 0
        end = self.encoder.ids['",']
        while True:
            able = {end if name[at] is None else name[at] for name in spelt}
            token = max(able, key=lambda each: float(logits[each]))
            if token == end and any(name[at] is None for name in spelt):
                return
            spelt = [name for name in spelt if name[at] == token]
            logits, past = self.step(token, past)
            at += 1
            yield token, logits, past


def call_of(text: str) -> dict | None:
    """The call that an answer is; none if it is no such thing."""
    try:
        return json.loads(text.removeprefix("<|tool_call|>"))
    except json.JSONDecodeError:
        return None


def same(first: list[dict], second: list[dict]) -> bool:
    """Whether mappings are the same, in whatever order."""
    form = lambda mappings: sorted(tuple(sorted(mapping.items())) for mapping in mappings)
    return form(first) == form(second)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--quantized", action="store_true")
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    kept = torch.load(options.checkpoint, map_location="cpu")
    network = models.Model(models.Shape(**kept["shape"]))
    weights = {n: torch.from_numpy(gguf.dequantized(w.numpy())) if options.quantized and w.dim() == 2 else w for n, w in kept["weights"].items()}
    network.load_state_dict(weights)
    network.eval()
    answerer = Answerer(network, tokenizer.Tokenizer.load(options.data / "tokenizer.json"))
    template = templates.load()
    rng = random.Random("evaluation")
    right: collections.Counter[str] = collections.Counter()
    total: collections.Counter[str] = collections.Counter()
    shown = 0
    records = [record for record in releases.load(options.assets) if releases.held_out(record["repo"].split("/")[0])]
    for record in records[: options.limit]:
        sample = conversations.sample(rng, records, evaluation=True, record=record)
        if sample is None:
            continue
        prompt, _ = prepare.rendered(template, sample)
        names = [] if options.free else prompt.split("<|assets|>")[1].split("<|")[0].splitlines()[1:]
        call = call_of(answerer.answer(prompt, names))
        arguments = call["arguments"] if call and call["name"] == "extract_pattern" else {}
        wanted = sample.call["arguments"]
        for field in ("mappings", "executable", "verify_command"):
            total[field] += 1
            given = arguments.get(field)
            right[field] += same(given or [], wanted[field]) if field == "mappings" else given == wanted[field]
        good = same(arguments.get("mappings") or [], wanted["mappings"])
        total["  " + sample.habit] += 1
        right["  " + sample.habit] += good
        if not good and shown < options.show:
            shown += 1
            print("--", record["repo"], "\n".join(names))
            print("   wanted", *(f"{m['os']}/{m['arch']} {m['asset']} {m['format']}" for m in wanted["mappings"]), sep="\n     ")
            print("   given", *(f"{m['os']}/{m['arch']} {m['asset']} {m['format']}" for m in arguments.get("mappings") or []) if arguments else [call], sep="\n     ")
    for field in total:
        print(f"{field:32} {right[field]:5} of {total[field]:5}  {100 * right[field] / total[field]:5.1f} %")


if __name__ == "__main__":
    main()

"""Trains the model on prepared shards. Resumes from the checkpoint if it exists.

Usage: train.py DATA CHECKPOINT --steps N

A GPU is used where there is one; else bfloat16 on the CPU, which needs an optimised BLAS.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import pathlib
import random
import time

import numpy
import torch
from torch import Tensor
from torch.nn import functional

import model as models

TOKENS_A_STEP = 6_144
WARM_UP = 100
PEAK = 0.02  # of the matrices' updates, which are orthogonal
PEAK_OTHERS = 3e-3
COOL_DOWN = 0.35  # of the steps
PROMPT_WEIGHT = 0.1


class Orthogonal(torch.optim.Optimizer):
    """Momentum whose updates are made orthogonal (Muon, Jordan 2024): for weights that are matrices."""

    def __init__(self, weights, momentum: float = 0.95):
        super().__init__(weights, {"lr": PEAK, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "moment" not in state:
                    state["moment"] = torch.zeros_like(weight)
                moment = state["moment"]
                moment.lerp_(weight.grad, 1 - group["momentum"])
                update = orthogonal(weight.grad.lerp(moment, group["momentum"]))
                weight.mul_(1 - group["lr"] * 0.05)
                weight.add_(update, alpha=-group["lr"] * max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix with orthogonal rows or columns, by a Newton-Schulz iteration."""
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.t()
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.t() if tall else x).float()


class Batches:
    """Sequences of a data folder, of about the same length in a batch, each shard once in a pass."""

    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder = folder
        self.random = random.Random(seed)

    def __iter__(self):
        while True:
            shards = sorted(self.folder.glob("shard-[0-9]*[0-9].npz"))
            self.random.shuffle(shards)
            for path in shards:
                yield from self.of(path)

    def of(self, path: pathlib.Path):
        read = numpy.load(path)
        ids, starts, answers = read["ids"].astype(numpy.int64), read["starts"], read["answers"]
        order = sorted(range(len(answers)), key=lambda at: starts[at + 1] - starts[at] + self.random.random() * 24)
        batches: list[list[int]] = [[]]
        longest = 0
        for at in order:
            longest = max(longest, starts[at + 1] - starts[at])
            if longest * (len(batches[-1]) + 1) > TOKENS_A_STEP:
                batches.append([])
                longest = starts[at + 1] - starts[at]
            batches[-1].append(at)
        self.random.shuffle(batches)
        for batch in batches:
            width = max(starts[at + 1] - starts[at] for at in batch)
            rows = numpy.zeros((len(batch), width), numpy.int64)
            weights = numpy.zeros((len(batch), width), numpy.float32)
            for row, at in enumerate(batch):
                length = starts[at + 1] - starts[at]
                rows[row, :length] = ids[starts[at] : starts[at + 1]]
                weights[row, :length] = PROMPT_WEIGHT
                weights[row, answers[at] - starts[at] : length] = 1
            yield torch.from_numpy(rows), torch.from_numpy(weights)


def rate(step: int, steps: int) -> float:
    """How much of the peak: up in a line, level, then down in a line to nothing."""
    return min(1.0, (step + 1) / WARM_UP) * min(1.0, (steps - step) / (COOL_DOWN * steps))


def loss_of(network: models.Model, rows: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mean loss of what counts, and that of the answers alone."""
    hidden, _ = network.hidden(rows[:, :-1])
    weights = weights[:, 1:].reshape(-1)
    counted = weights > 0
    logits = functional.linear(hidden.reshape(-1, hidden.shape[-1])[counted], network.token_embd.weight).float()
    each = functional.cross_entropy(logits, rows[:, 1:].reshape(-1)[counted], reduction="none")
    weights = weights[counted]
    answer = weights == 1
    return (each * weights).sum() / weights.sum(), each[answer].mean().detach()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=9_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stop-at", type=int, default=0, help="stop there, as if killed")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(os.cpu_count() or 1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = models.Model(models.Shape()).to(device)
    matrices = [w for n, w in network.named_parameters() if w.dim() == 2 and "embd" not in n]
    others = [w for n, w in network.named_parameters() if w.dim() != 2 or "embd" in n]
    optimizers = [Orthogonal(matrices), torch.optim.AdamW(others, lr=PEAK_OTHERS, betas=(0.9, 0.95), weight_decay=0.01)]
    first = 0
    if options.checkpoint.exists():
        kept = torch.load(options.checkpoint, map_location=device)
        network.load_state_dict(kept["weights"])
        for optimizer, state in zip(optimizers, kept["optimizers"]):
            optimizer.load_state_dict(state)
        first = kept["step"]
    print(f"{sum(w.numel() for w in network.parameters()):,} parameters on {device}, from step {first}", flush=True)
    batches = iter(Batches(options.data, options.seed + first))
    began, tokens, seen, saved = time.time(), 0, [], time.time()
    for step in range(first, options.steps):
        for optimizer, peak in zip(optimizers, (PEAK, PEAK_OTHERS)):
            for group in optimizer.param_groups:
                group["lr"] = peak * rate(step, options.steps)
        rows, weights = (x.to(device) for x in next(batches))
        with torch.autocast(device.type, torch.bfloat16):
            loss, answer = loss_of(network, rows, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += rows.numel()
        seen.append(answer.item())
        if step % 20 == 19:
            print(f"step {step + 1} answers {sum(seen) / len(seen):.4f} tokens/s {tokens / (time.time() - began):.0f}", flush=True)
            seen = []
        last = step + 1 in (options.steps, options.stop_at)
        if last or time.time() - saved > 120:
            partial = options.checkpoint.with_suffix(".part")
            torch.save({"weights": network.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "step": step + 1, "shape": dataclasses.asdict(network.shape)}, partial)
            os.replace(partial, options.checkpoint)
            saved = time.time()
        if step + 1 == options.stop_at:
            return


if __name__ == "__main__":
    main()

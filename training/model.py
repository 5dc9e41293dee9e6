"""A small Llama: RMSNorm, rotary positions, grouped attention, SwiGLU, tied embeddings.

Rotary positions turn neighbouring pairs of a head's values, as GGUF's "llama" does, so that no
weight has to be permuted on the way into the file.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class Shape:
    """The sizes of a model."""

    vocabulary: int = 2_048
    width: int = 384
    layers: int = 6
    heads: int = 6
    shared_heads: int = 2  # of keys and values
    hidden: int = 896
    base: float = 10_000.0  # of the rotary frequencies
    epsilon: float = 1e-5
    context: int = 8_192  # what the file says; rotary positions have no end of their own

    @property
    def head(self) -> int:
        return self.width // self.heads


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x.float(), (x.shape[-1],), self.weight, self.epsilon)


def turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Neighbouring pairs of values turned by their position's angles."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        shared = shape.shared_heads * shape.head
        self.attn_norm = Norm(shape.width, shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shared, bias=False)
        self.attn_v = nn.Linear(shape.width, shared, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = Norm(shape.width, shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, past: tuple[Tensor, Tensor] | None = None, mask: Tensor | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, length, _ = x.shape
        shape = self.shape
        normed = self.attn_norm(x)
        split = lambda y, heads: y.view(batch, length, heads, shape.head).transpose(1, 2)
        q = turned(split(self.attn_q(normed), shape.heads), cosine, sine)
        k = turned(split(self.attn_k(normed), shape.shared_heads), cosine, sine)
        v = split(self.attn_v(normed), shape.shared_heads)
        if past is not None:
            k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
        kept = (k, v)
        many = shape.heads // shape.shared_heads
        k, v = (y.repeat_interleave(many, 1) for y in (k, v))
        assert past is None or length == 1  # a later part of several tokens would need a mask of its own
        q, k = q.to(v.dtype), k.to(v.dtype)
        mixed = functional.scaled_dot_product_attention(q, k, v, mask, is_causal=past is None and mask is None)
        mixed = mixed.transpose(1, 2).reshape(batch, length, shape.width)
        x = x + self.attn_output(mixed)
        normed = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed)), kept


class Model(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width, shape.epsilon)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                scale = 0.02 if "embd" in name else 1 / math.sqrt(weight.shape[1])
                if "output" in name or "down" in name:
                    scale /= math.sqrt(2 * shape.layers)
                nn.init.normal_(weight, std=scale)

    def angles(self, start: int, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        head = self.shape.head
        frequencies = self.shape.base ** (-torch.arange(0, head, 2, device=device).float() / head)
        angles = torch.arange(start, start + length, device=device).float()[:, None] * frequencies
        return angles.cos(), angles.sin()

    def packed(self, ids: Tensor, sequences: Tensor, layers: Sequence[Callable]) -> Tensor:
        """The last layer's output for rows of several sequences, each token with the number of its sequence in its row.

        Shape (batch, length) each. The layers are the model's own, or what a compiler made of them.
        """
        length = ids.shape[1]
        earlier = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
        mask = ((sequences[:, :, None] == sequences[:, None, :]) & earlier)[:, None]
        cosine, sine = self.angles(0, length, ids.device)
        x = self.token_embd(ids)
        for layer in layers:
            x, _ = layer(x, cosine, sine, None, mask)
        return self.output_norm(x)

    def hidden(self, ids: Tensor, past: list | None = None) -> tuple[Tensor, list]:
        """The last layer's output for ids of shape (batch, length), and the KV cache."""
        start = past[0][0].shape[2] if past else 0
        cosine, sine = self.angles(start, ids.shape[1], ids.device)
        x = self.token_embd(ids)
        kept = []
        for at, layer in enumerate(self.blk):
            x, each = layer(x, cosine, sine, past[at] if past else None)
            kept.append(each)
        return self.output_norm(x), kept

    def forward(self, ids: Tensor, past: list | None = None) -> tuple[Tensor, list]:
        """Logits of shape (batch, length, vocabulary), and the KV cache."""
        x, kept = self.hidden(ids, past)
        return functional.linear(x, self.token_embd.weight), kept

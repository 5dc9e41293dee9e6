"""A byte-level BPE, trained here, spelt as llama.cpp's "gpt-2" does.

Digits are tokens of their own, but for the numbers of processors: versions have to be copied, and
digits that always look the same are copied more safely than pairs that happen to be frequent.
"""

from __future__ import annotations

import collections
import functools
import json
import pathlib
from typing import Iterable

import regex

# llama.cpp ends a generation at some texts of other families, such as that of a gpt-oss call.
SPECIAL = ["<|begin|>", "<|end|>", "<|repo|>", "<|assets|>", "<|readme|>", "<|result|>", "<|error|>", "<|user|>", "<|answer|>", "<|tool_call|>"]
END = SPECIAL.index("<|end|>")
ANSWER = SPECIAL.index("<|answer|>")
NUMBERS = {"64", "86", "32", "38", "386"}
WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
MARKS = regex.compile("(" + "|".join(regex.escape(mark) for mark in SPECIAL) + ")")


def byte_letters() -> dict[int, str]:
    """The letter for each byte in a vocabulary of this kind."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(plain))
    return letters


LETTERS = byte_letters()


class Tokenizer:
    """Tokens and merges; ids are places in the list of tokens."""

    def __init__(self, tokens: list[str], merges: list[tuple[str, str]]):
        self.tokens = tokens
        self.merges = merges
        self.ids = {token: at for at, token in enumerate(tokens)}
        self.ranks = {merge: at for at, merge in enumerate(merges)}
        self.word = functools.lru_cache(maxsize=200_000)(self._word)

    def encode(self, text: str) -> list[int]:
        """The ids of a text in which the marks are special tokens."""
        ids: list[int] = []
        for at, part in enumerate(MARKS.split(text)):
            if at % 2:
                ids.append(self.ids[part])
            else:
                for word in WORDS.findall(part):
                    ids.extend(self.word(word))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        values = {letter: byte for byte, letter in LETTERS.items()}
        out = bytearray()
        for each in ids:
            token = self.tokens[each]
            out += token.encode() if each < len(SPECIAL) else bytes(values[letter] for letter in token)
        return out.decode(errors="replace")

    def _word(self, word: str) -> tuple[int, ...]:
        parts = [LETTERS[byte] for byte in word.encode()]
        while len(parts) > 1:
            best = min(range(len(parts) - 1), key=lambda at: self.ranks.get((parts[at], parts[at + 1]), 1 << 30))
            if (parts[best], parts[best + 1]) not in self.ranks:
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return tuple(self.ids[part] for part in parts)

    def save(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps({"tokens": self.tokens, "merges": self.merges}, ensure_ascii=False))

    @staticmethod
    def load(path: pathlib.Path) -> Tokenizer:
        read = json.loads(path.read_text())
        return Tokenizer(read["tokens"], [tuple(merge) for merge in read["merges"]])


def mergeable(text: str) -> bool:
    """Whether letters may become one token: digits only as numbers of processors."""
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    return not digits or (digits in NUMBERS and digits == text)


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """The vocabulary of a size, special tokens and bytes included."""
    counts: collections.Counter[str] = collections.Counter()
    for text in texts:
        for at, part in enumerate(MARKS.split(text)):
            if at % 2 == 0:
                counts.update(WORDS.findall(part))
    words = [[LETTERS[byte] for byte in word.encode()] for word in counts]
    weights = list(counts.values())
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    places: dict[tuple[str, str], set[int]] = collections.defaultdict(set)
    for at, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += weights[at]
            places[pair].add(at)
    tokens = SPECIAL + [LETTERS[byte] for byte in range(256)]
    merges: list[tuple[str, str]] = []
    while len(tokens) < size:
        able = ((count, pair) for pair, count in pairs.items() if count > 1 and mergeable(pair[0] + pair[1]))
        count, best = max(able, default=(0, None))
        if best is None:
            break
        merges.append(best)
        tokens.append(best[0] + best[1])
        for at in list(places[best]):
            word = words[at]
            for pair in zip(word, word[1:]):
                pairs[pair] -= weights[at]
                places[pair].discard(at)
            merged: list[str] = []
            for letter in word:
                if merged and (merged[-1], letter) == best:
                    merged[-1] += letter
                else:
                    merged.append(letter)
            words[at] = merged
            for pair in zip(merged, merged[1:]):
                pairs[pair] += weights[at]
                places[pair].add(at)
        pairs.pop(best, None)
    return Tokenizer(tokens, merges)

"""Names of tools, owners and versions, drawn at random.

A model that copies names must not know them, so most names in the training data are invented:
from syllables, from the words that real descriptions use, and now and then with the very words in
them that name a platform ("win", "arm", "linux"), because real tools are called like that too.
"""

from __future__ import annotations

import random

ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr qu r s sc sh sk sl sn sp st str t th tr v w x y z".split()
VOWELS = "a e i o u ai ea ee ie oo ou y".split()
CODAS = ["", "", "", "b", "ck", "d", "ff", "g", "k", "l", "ll", "m", "n", "nd", "ng", "p", "r", "rk", "s", "st", "t", "x", "z"]

COMMON = (
    "git go kube cloud data docker file env task test code log net web api app dev doc fast flow gen graph image infra json "
    "key lab lint load map mark mesh mini mono node pack path pipe plan port proxy pull push query repo run rust scan secret "
    "server shell ship sim sky snap spec sql stack state stream sync tag term text time tool tree type tf vault view watch "
    "word work yaml zip bat box cat dog fox owl bee ant crab hub ops helm terra chart config change commit release diff "
    "schema policy cert ssh dns http grpc proto wire cargo py js ts css html md csv xml bench bolt boot bridge cache chain"
).split()

PLATFORM_WORDS = "win arm linux mac darwin musl gnu wasm bsd debian deb all x86 amd armada windy macro alarm charm static source src debug vendor client".split()

FOREIGN = "größe straße café naïve señal über łódź çay øl søg mañana 工具 世界 数据 データ ツール 도구 инструмент файл код αβγ".split()
PREFIXES = "kube go git tf docker cloud k8s aws rust py dev open super tiny auto multi un re".split()
SUFFIXES = "ctl cli er ify ly d fmt lint gen ops kit hub box x rs go js sh db fs vm ql top cat".split()


def syllables(rng: random.Random, fewest: int = 1, most: int = 3) -> str:
    """An invented word."""
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(rng.randint(fewest, most)))


def word(rng: random.Random) -> str:
    """A word as names of tools are made of."""
    kind = rng.random()
    if kind < 0.42:
        return rng.choice(COMMON)
    if kind < 0.47:
        return rng.choice(PLATFORM_WORDS)
    if kind < 0.53:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(1, 4)))
    return syllables(rng)


def tool(rng: random.Random) -> str:
    """The name of a tool, as its repository is called."""
    kind = rng.random()
    if kind < 0.36:
        name = word(rng)
    elif kind < 0.46:
        name = word(rng) + rng.choice(SUFFIXES)
    elif kind < 0.54:
        name = rng.choice(PREFIXES) + word(rng)
    elif kind < 0.64:
        name = word(rng) + word(rng)
    elif kind < 0.86:
        name = rng.choice("----_") .join(word(rng) for _ in range(rng.choice([2, 2, 2, 3])))
    elif kind < 0.93:
        name = word(rng) + "-" + rng.choice(SUFFIXES + ["cli", "cli", "tool", "tools"])
    else:
        name = word(rng) + str(rng.choice([2, 3, 4, 5, 7, 8, 9, 0, 1, 64, 32, 16, 10, 42]))
    if rng.random() < 0.004:
        name = rng.choice(["", name + "-"]) + "".join(rng.choice(FOREIGN) for _ in range(rng.randint(1, 3)))
    style = rng.random()
    if style < 0.04:
        return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
    if style < 0.07:
        return name.capitalize()
    if style < 0.08:
        return name.upper()
    return name


def owner(rng: random.Random) -> str:
    """The name of a repository's owner."""
    kind = rng.random()
    if kind < 0.6:
        return syllables(rng, 1, 3)
    if kind < 0.8:
        return word(rng) + "-" + word(rng)
    return (word(rng) + rng.choice(["labs", "hq", "io", "inc", "org", "dev", "soft", str(rng.randint(1, 99))])).replace(" ", "")


def version(rng: random.Random) -> str:
    """A version without the tag's "v"."""
    kind = rng.random()
    small = lambda most: rng.randint(0, rng.choice([3, 9, most]))
    if kind < 0.78:
        return f"{small(12)}.{small(60)}.{small(40)}"
    if kind < 0.86:
        return f"{small(30)}.{small(60)}"
    if kind < 0.9:
        return f"{rng.randint(2019, 2026)}.{rng.randint(1, 12)}.{rng.randint(0, 30)}"
    if kind < 0.92:
        return f"{rng.randint(2019, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if kind < 0.97:
        return f"{small(9)}.{small(30)}.{small(9)}-{rng.choice(['rc', 'beta', 'alpha', 'rc.', 'beta.', 'alpha.'])}{rng.randint(0, 9)}"
    return str(rng.randint(1, 400))


def older(rng: random.Random, newer: str) -> str:
    """A version that may have come before the given one."""
    head, dot, last = newer.rpartition(".")
    if dot and last.isdigit() and int(last) > 0:
        return f"{head}.{rng.randint(max(0, int(last) - 3), int(last) - 1)}"
    parts = newer.split(".")
    if len(parts) > 1 and parts[-2].isdigit() and int(parts[-2]) > 0:
        return ".".join(parts[:-2] + [str(int(parts[-2]) - 1), str(rng.randint(0, 9))])
    return version(rng)

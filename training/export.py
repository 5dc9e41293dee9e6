"""Writes a checkpoint as the GGUF file that the runtime ships.

Usage: export.py DATA CHECKPOINT FILE.gguf
"""

from __future__ import annotations

import argparse
import os
import pathlib

import torch

import gguf
import model as models
import templates
import tokenizer

NORMAL, CONTROL = 1, 3  # kinds of tokens
VERSION = "1"

PURPOSE = "maps the files of a release to platforms with an extract_pattern call"
TOOLS = "extract_pattern fetch_file inspect_archive"
GROUNDED = "extract_pattern /mappings/*/asset under assets\nextract_pattern /executable words"


def metadata(shape: models.Shape, vocabulary: tokenizer.Tokenizer) -> dict[str, object]:
    """The metadata of the file; docs/builtin-model.md describes the tsuku_llm keys."""
    return {
        "general.architecture": "llama",
        "general.name": "tsuku-llm builtin",
        "general.version": VERSION,
        "general.description": PURPOSE,
        "general.license": "mit",
        "general.file_type": 7,
        "general.quantization_version": 2,
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.width,
        "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.hidden,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.shared_heads,
        "llama.attention.layer_norm_rms_epsilon": shape.epsilon,
        "llama.rope.dimension_count": shape.head,
        "llama.rope.freq_base": shape.base,
        "llama.vocab_size": shape.vocabulary,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": vocabulary.tokens,
        "tokenizer.ggml.token_type": [CONTROL if at < len(tokenizer.SPECIAL) else NORMAL for at in range(len(vocabulary.tokens))],
        "tokenizer.ggml.merges": [" ".join(merge) for merge in vocabulary.merges],
        "tokenizer.ggml.bos_token_id": vocabulary.ids[templates.BEGIN],
        "tokenizer.ggml.eos_token_id": tokenizer.END,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.chat_template": templates.FILE.read_text(),
        "tsuku_llm.tools": TOOLS,
        "tsuku_llm.grounded": GROUNDED,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()
    kept = torch.load(options.checkpoint, map_location="cpu")
    shape = models.Shape(**kept["shape"])
    tensors = {}
    for name, weights in kept["weights"].items():
        tensors[name if name.endswith(".weight") else name + ".weight"] = weights.float().numpy()
    partial = options.file.with_suffix(".part")
    gguf.write(partial, metadata(shape, tokenizer.Tokenizer.load(options.data / "tokenizer.json")), tensors)
    os.replace(partial, options.file)
    print(f"{options.file.name}: {options.file.stat().st_size:,} bytes, {kept['step']} steps")


if __name__ == "__main__":
    main()

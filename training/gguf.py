"""Writes and reads GGUF files, the format of llama.cpp: a header, metadata, then the tensors."""

from __future__ import annotations

import io
import pathlib
import struct

import numpy

ALIGNMENT = 32
F32, Q8_0 = 0, 8
BLOCK = 32  # values that share a scale in Q8_0


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(given: bool | int | float | str | list) -> bytes:
    """A metadata value, preceded by its type. Whole numbers are 32 bits wide; a list has one type."""
    if isinstance(given, bool):
        return struct.pack("<I?", 7, given)
    if isinstance(given, int):
        return struct.pack("<II", 4, given)
    if isinstance(given, float):
        return struct.pack("<If", 6, given)
    if isinstance(given, str):
        return struct.pack("<I", 8) + text(given)
    kind = {str: 8, int: 5, float: 6}[type(given[0])]
    body = b"".join(text(each) if kind == 8 else struct.pack("<i" if kind == 5 else "<f", each) for each in given)
    return struct.pack("<IIQ", 9, kind, len(given)) + body


def quantized(weights: numpy.ndarray) -> bytes:
    """Q8_0: of each 32 values a scale of 16 bits and 8 bits for each value."""
    blocks = weights.astype(numpy.float32).reshape(-1, BLOCK)
    scales = numpy.abs(blocks).max(1, keepdims=True) / 127
    inverse = numpy.divide(1, scales, out=numpy.zeros_like(scales), where=scales > 0)
    whole = blocks * inverse
    rounded = numpy.trunc(whole + numpy.copysign(0.5, whole)).astype(numpy.int8)
    packed = numpy.empty((len(blocks), 2 + BLOCK), numpy.uint8)
    packed[:, :2] = scales.astype(numpy.float16).view(numpy.uint8)
    packed[:, 2:] = rounded.view(numpy.uint8)
    return packed.tobytes()


def dequantized(weights: numpy.ndarray) -> numpy.ndarray:
    """What a reader makes of a quantized matrix: for measuring what the file can do."""
    return widened(quantized(weights)).reshape(weights.shape)


def widened(body: bytes) -> numpy.ndarray:
    """The values of Q8_0 blocks."""
    packed = numpy.frombuffer(body, numpy.uint8).reshape(-1, 2 + BLOCK)
    scales = packed[:, :2].copy().view(numpy.float16).astype(numpy.float32)
    return (packed[:, 2:].copy().view(numpy.int8).astype(numpy.float32) * scales)


def write(path: pathlib.Path, metadata: dict[str, object], tensors: dict[str, numpy.ndarray]) -> None:
    """Matrices, of rows of a multiple of 32 values, as Q8_0; vectors as they are."""
    out = io.BytesIO()
    out.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, given in metadata.items():
        out.write(text(key) + value(given))
    bodies = []
    offset = 0
    for name, weights in tensors.items():
        body = quantized(weights) if weights.ndim == 2 else weights.astype(numpy.float32).tobytes()
        kind = Q8_0 if weights.ndim == 2 else F32
        sizes = list(reversed(weights.shape))
        out.write(text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset))
        body += b"\0" * (-len(body) % ALIGNMENT)
        bodies.append(body)
        offset += len(body)
    out.write(b"\0" * (-out.tell() % ALIGNMENT))
    path.write_bytes(out.getvalue() + b"".join(bodies))


def read(path: pathlib.Path) -> dict[str, numpy.ndarray]:
    """The tensors of a file that write() made; its metadata is skipped."""
    file = io.BytesIO(path.read_bytes())
    take = lambda form: struct.unpack(form, file.read(struct.calcsize(form)))
    word = lambda: file.read(take("<Q")[0]).decode()
    sizes = {4: 4, 5: 4, 6: 4, 7: 1}

    def skip(kind: int) -> None:
        if kind == 8:
            word()
        elif kind == 9:
            each, many = take("<IQ")
            for _ in range(many):
                skip(each)
        else:
            file.read(sizes[kind])

    _, _, tensors, keys = take("<4sIQQ")
    for _ in range(keys):
        word()
        skip(take("<I")[0])
    places = []
    for _ in range(tensors):
        name = word()
        shape = tuple(reversed(take(f"<{take('<I')[0]}Q")))
        places.append((name, shape, *take("<IQ")))
    start = -(-file.tell() // ALIGNMENT) * ALIGNMENT
    result = {}
    for name, shape, kind, offset in places:
        count = int(numpy.prod(shape))
        file.seek(start + offset)
        result[name] = (widened(file.read(count // BLOCK * (BLOCK + 2))) if kind == Q8_0 else numpy.frombuffer(file.read(4 * count), numpy.float32)).reshape(shape).copy()
    return result

"""The model's chat template, rendered by Jinja with the options that model hubs use."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import jinja2
import jinja2.ext

FILE = pathlib.Path(__file__).with_name("template.jinja")
BEGIN = "<|begin|>"


def load() -> jinja2.Template:
    """The template, compiled. Without the sandbox of model hubs, which takes seven times as long."""
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.from_string(FILE.read_text())


def render(template: jinja2.Template, messages: list[dict[str, Any]]) -> str:
    """The prompt of a conversation, up to the next assistant turn."""
    return template.render(messages=messages, bos_token=BEGIN, add_generation_prompt=True)

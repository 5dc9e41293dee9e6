"""Conversations as a package manager has them, with the right next call.

What the package manager sends is a system prompt, three tools and a message with the last releases'
files as JSON and a README. The system prompt and the tools are not drawn here: the chat template
drops them.
"""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Any

import names
import odd
import releases
from releases import File, Habit

SENTENCES = (
    "It is written in {lang} and has no dependencies.", "See the [documentation](https://example.com/docs) for more.", "Contributions are welcome!",
    "## Installation", "## Usage", "## License", "MIT", "### Features", "- fast", "- simple \"by design\"", "- works [everywhere]", "![demo](demo.gif)",
    "[![CI](https://example.com/badge.svg)](https://example.com)", "Download a binary from the releases page.", "Configuration lives in `~/.config`.",
    "```yaml\nkey: [a, b]\n```", "| option | meaning |\n|---|---|", "> Note: this is \"beta\".", "Run it:", "## Building from source", "Requires make.",
)
LANGUAGES = ["Go", "Rust", "Zig", "C", "C++", "Haskell", "OCaml", "Nim", "Java"]
ODD = 0.09  # of the conversations have a habit that few projects have
VERSION_ARGUMENTS = ["--version"] * 12 + ["version"] * 7 + ["-v", "-V", "-version", "version --short", "--help"]


@dataclasses.dataclass
class Sample:
    """A conversation that ends before an assistant turn, and the expected call."""

    messages: list[dict[str, Any]]
    call: dict[str, Any]  # name, arguments
    habit: str = ""  # what kind of names these are, for tables
    files: list[File] = dataclasses.field(default_factory=list)


def extract_call(mappings: list[dict[str, str]], executable: str, verify: str, order: str) -> dict[str, Any]:
    """The call, its properties in the order of the tool's schema as the client wrote it."""
    arguments: dict[str, Any] = {"mappings": mappings, "executable": executable, "verify_command": verify}
    if order == "sorted":
        mappings = [dict(sorted(mapping.items())) for mapping in mappings]
        arguments = {"executable": executable, "mappings": mappings, "verify_command": verify}
    elif order == "asset first":
        mappings = [{key: mapping[key] for key in ("asset", "os", "arch", "format")} for mapping in mappings]
        arguments["mappings"] = mappings
    elif order == "executable first":
        arguments = {"executable": executable, "verify_command": verify, "mappings": mappings}
    return {"name": "extract_pattern", "arguments": arguments}


def key_order(rng: random.Random) -> str:
    return rng.choices(["as written", "sorted", "asset first", "executable first"], [50, 40, 5, 5])[0]


def tag_of(rng: random.Random, habit: Habit, version: str) -> str:
    kind = rng.random()
    if kind < 0.72:
        return "v" + version
    if kind < 0.9:
        return version
    return rng.choice([f"{habit.tool}-v{version}", f"{habit.tool}/v{version}", f"release-{version}", f"cli-v{version}", f"{habit.tool}-{version}", f"v{version}-1", "latest", "nightly", f"{habit.executable}/v{version}", f"{habit.executable}@{version}", f"@{habit.tool}/cli@{version}", f"version_{version}", f"cli/v{version}", f"v{version}+{rng.randint(1, 9)}", f"{habit.tool}_v{version}", f"release/{version}", f"r{version}", f"V{version}"])


def readme(rng: random.Random, habit: Habit, repository: str, verify: str, must_name: bool) -> str:
    """Text like a README's. It names the executable if nothing else does."""
    lines = [f"# {habit.tool}", ""]
    lines += [s.replace("{lang}", rng.choice(LANGUAGES)) for s in rng.sample(SENTENCES, rng.randint(0, 8))]
    relevant = []
    if rng.random() < 0.35:
        relevant.append(rng.choice([f"$ brew install {habit.executable}", f"brew install {repository.split('/')[0]}/tap/{habit.executable}", f"go install github.com/{repository}@latest", f"go install github.com/{repository}/cmd/{habit.executable}@latest", f"cargo install {habit.tool.lower()}", f"brew install {habit.tool.lower()}"]))
    if must_name or verify != f"{habit.executable} --version" or rng.random() < 0.3:
        relevant.append(rng.choice([f"$ {verify}", f"$ {verify}", f"    {verify}", f"Check it with `{verify}`:", verify, f"`{verify}`"]))
        if "--version" not in relevant[-1] and not relevant[-1].startswith("$ ") and not relevant[-1].endswith(" version"):
            relevant[-1] = f"$ {verify}"
    if rng.random() < 0.25:
        relevant.append(f"$ {habit.executable} {rng.choice(['--help', 'run', 'init', 'list', names.word(rng), 'get all', '-f config.yaml', '.'])}")
    rng.shuffle(relevant)
    at = rng.randint(2, len(lines))
    return "\n".join(lines[:at] + relevant + lines[at:])


def listed(rng: random.Random, listing: list[tuple[str, list[str]]]) -> str:
    """Releases as JSON, in the spellings that clients have."""
    tag_key = rng.choice(["tag"] * 7 + ["tag_name"] * 3)
    kind = rng.random()
    if kind < 0.88:
        value: Any = [{tag_key: tag, "assets": assets} for tag, assets in listing]
    else:
        value = [{tag_key: tag, "name": tag, "assets": [{"name": asset, "size": rng.randint(999, 99999999)} for asset in assets]} for tag, assets in listing]
        if rng.random() < 0.5:
            for entry in value:
                entry.pop("name")
    return json.dumps(value, indent=2 if rng.random() < 0.7 else None)


def request(rng: random.Random, repository: str, description: str, listing: list[tuple[str, list[str]]], page: str) -> str:
    text = "Please analyze this GitHub repository and its releases to create a recipe.\n\n"
    text += f"Repository: {repository}\n"
    if description:
        text += f"Description: {description}\n"
    text += f"\nRecent releases:\n{listed(rng, listing)}\n"
    if page:
        text += f"\nREADME.md:\n{page}\n"
    return text + "\nAnalyze the release assets and call extract_pattern with the platform mappings."


def put(version: str, text: str) -> str:
    return text.replace("{version}", version)


def names_executable(habit: Habit) -> bool:
    """Whether the executable's name follows from the repository's or the files' names."""
    lower = habit.executable.lower()
    return not habit.unrelated and (lower == habit.tool.lower() or any(file.name.lower().startswith(lower) for file in habit.files))


def sample(rng: random.Random, records: list[dict], evaluation: bool = False, record: dict | None = None, odd_ones: float = ODD) -> Sample | None:
    """A conversation; for evaluation about a record's newest habit under its own name. The rest has so many odd habits."""
    if record is None:
        record = rng.choice(records)
    owner, tool = record["repo"].split("/")
    description = record["description"] or ""
    variants = record["variants"]
    habit = releases.from_record(record, variants[-1] if evaluation else rng.choice([variants[-1], rng.choice(variants)]))
    if habit is None:
        return None
    if not evaluation:
        kind = rng.random()
        if rng.random() < odd_ones:
            new = names.tool(rng)
            habit = odd.drawn(rng, new, new.lower() if rng.random() < 0.85 else names.tool(rng).lower())
            owner, tool = names.owner(rng), new
        elif kind < 0.45:
            new = names.tool(rng)
            executable, stem = new.lower() if rng.random() < 0.9 else new, None
            other = rng.random()
            if other < 0.12:  # the executable is called differently, and so are the files
                executable = names.tool(rng).lower()
            elif other < 0.2:  # only the files are called like the repository
                executable, stem = names.tool(rng).lower(), new
            elif other < 0.26:
                executable = rng.choice([new.lower() + "ctl", new.lower().removesuffix("-cli").removesuffix("-rs"), "kubectl-" + new.lower(), "".join(p[0] for p in new.lower().replace("_", "-").split("-") if p)])
            habit = releases.invented(rng, new, executable or new.lower(), stem)
            owner, tool = names.owner(rng), new
        elif kind < 0.85:
            new = names.tool(rng)
            habit = releases.renamed(habit, new, rng)
            owner, tool = names.owner(rng), habit.tool
        if tool != record["repo"].split("/")[1]:
            description = description.replace(record["repo"].split("/")[1], tool)
    if rng.random() < (0.05 if evaluation else 0.15):
        description = ""
    repository = f"{owner}/{tool}"
    files, noise = releases.altered(habit, rng)
    version = names.version(rng)
    tag = tag_of(rng, habit, version)
    verify = f"{habit.executable} {rng.choice(VERSION_ARGUMENTS)}"
    page = ""
    if rng.random() < 0.75 or not names_executable(habit):
        page = readme(rng, habit, repository, verify, not names_executable(habit))
        if f"{verify}" not in page:
            verify = f"{habit.executable} --version"
    else:
        verify = f"{habit.executable} --version"
    mappings = [{**m, "asset": put(version, m["asset"])} for m in releases.answer(files)]
    if not mappings:
        return None
    listing = []
    shuffled = rng.random() < 0.3
    current = version
    for at in range(rng.choice([1, 2, 3, 3, 3, 4, 5])):
        assets = [put(current, f.name) for f in files] + [put(current, n) for n in noise]
        if at > 0 and rng.random() < 0.2:
            assets = rng.sample(assets, max(1, len(assets) * 2 // 3))
        assets.sort()
        if shuffled:
            rng.shuffle(assets)
        listing.append((tag if at == 0 else tag.replace(version, current) if version in tag else tag_of(rng, habit, current), assets))
        current = names.older(rng, current)
    if rng.random() < 0.04:
        listing.insert(0, (tag_of(rng, habit, names.version(rng)), rng.choice([[], ["checksums.txt"]])))
    order = "as written" if evaluation else key_order(rng)
    user = request(rng, repository, description, listing, page)
    result = Sample([{"role": "user", "content": user}], extract_call(mappings, habit.executable, verify, order), kind_of(habit, files), files)
    if evaluation:
        return result
    turn = rng.random()
    if turn < 0.07:
        return repaired(rng, result, habit, files, version, verify, order)
    if turn < 0.10:
        return looked_up(rng, result, repository, habit, files, description, listing, order, verify)
    return result


def asked(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """An assistant turn with a call, as in a conversation's history."""
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": name, "arguments": arguments}}]}


def repaired(rng: random.Random, right: Sample, habit: Habit, files: list[File], version: str, verify: str, order: str) -> Sample:
    """A call that failed, what the package manager says of it, and the corrected call."""
    arguments = right.call["arguments"]
    mappings = [{k: m[k] for k in ("os", "arch", "asset", "format")} for m in arguments["mappings"]]
    executable = arguments["executable"]
    kind = rng.choice(["verify", "verify", "executable", "executable", "format", "asset"])
    wrong_mappings, wrong_executable, wrong_verify = mappings, executable, verify
    if kind == "verify":
        first, second = rng.choice([("--version", "version"), ("--version", "version"), ("version", "--version"), ("-v", "--version")])
        wrong_verify = f"{executable} {first}"
        verify = f"{executable} {second}"
        error = rng.choice([f"Error: unknown flag: {first}", f"error: unexpected argument '{first}' found", f"flag provided but not defined: {first}", f"{executable}: unrecognized option '{first}'"]) if first.startswith("-") else rng.choice([f"Error: unknown command \"{first}\" for \"{executable}\"", f"error: unrecognized subcommand '{first}'", f"{executable}: '{first}' is not a command"])
        category, code = "verify_failed", rng.choice([1, 2, 64])
    elif kind == "executable":
        wrong_executable = names.tool(rng).lower() if rng.random() < 0.5 else f"{executable}-{names.word(rng)}"
        wrong_verify = f"{wrong_executable} --version"
        verify = f"{executable} --version"
        error = rng.choice([f"binary {wrong_executable} not found in archive; it contains: {executable}", f"executable '{wrong_executable}' not found, found: LICENSE, README.md, {executable}", f"no such file: {wrong_executable}\nfiles: {executable}"])
        category, code = "binary_not_found", 1
    elif kind == "format":
        at = rng.randrange(len(mappings))
        formats = ["tar.gz", "tar.xz", "zip", "tbz", "tgz", "binary"]
        wrong = rng.choice([f for f in formats if f != mappings[at]["format"]])
        wrong_mappings = [dict(m) for m in mappings]
        for mapping in wrong_mappings:
            if mapping["format"] == mappings[at]["format"]:
                mapping["format"] = wrong
        error = rng.choice([f"cannot open {mappings[at]['asset']} as {wrong}: invalid header", f"extraction failed: {mappings[at]['asset']} is not a {wrong} archive"])
        category, code = "extraction_failed", 1
    else:
        at = rng.randrange(len(mappings))
        wrong_mappings = [dict(m) for m in mappings]
        wrong_mappings[at]["asset"] = wrong_mappings[at]["asset"].replace(version, names.version(rng)) if version in wrong_mappings[at]["asset"] else wrong_mappings[at]["asset"] + ".zip"
        error = f"download of {wrong_mappings[at]['asset']} failed: 404 Not Found"
        category, code = "download_failed", 1
    called = extract_call(wrong_mappings, wrong_executable, wrong_verify, order)
    report = f"The recipe you generated failed validation. Here is the error:\n\n---\n{error}\n---\n\nExit code: {code}\nError category: {category}\n\nSuggested fixes:\n- Check the release assets\n\nPlease analyze what went wrong and call extract_pattern again with a corrected recipe."
    messages = right.messages + [asked(called["name"], called["arguments"]), {"role": "user", "content": report}]
    return Sample(messages, extract_call(mappings, executable, verify, order), right.habit, files)


def looked_up(rng: random.Random, right: Sample, repository: str, habit: Habit, files: list[File], description: str, listing: list[tuple[str, list[str]]], order: str, verify: str) -> Sample:
    """Requests that lack what the call needs: the README is fetched, or an archive is looked into."""
    if rng.random() < 0.5:
        # No file that a mapping could name: only the README can name one.
        bare = [(tag, [a for a in assets if a.endswith((".txt", ".deb", ".rpm", ".sha256"))]) for tag, assets in listing]
        user = request(rng, repository, description, bare, "")
        call = {"name": "fetch_file", "arguments": {"path": "README.md"}}
        return Sample([{"role": "user", "content": user}], call, "nothing usable", files)
    # One archive, no platform in its name, no README: it has to be looked into.
    tag = listing[-1][0]
    version = tag.lstrip("v")
    archive = f"{habit.tool}{rng.choice(['-' + version, '_' + version, '', '-v' + version])}.{rng.choice(['tar.gz', 'zip', 'tar.xz', 'tgz'])}"
    user = request(rng, repository, description, [(tag, sorted([archive] + rng.choice([[], ["checksums.txt"], [archive + ".sha256"]])))], "")
    call = {"name": "inspect_archive", "arguments": {"url": f"https://github.com/{repository}/releases/download/{tag}/{archive}"}}
    looked = Sample([{"role": "user", "content": user}], call, "no platform", files)
    if rng.random() < 0.5:
        return looked
    listing_text = "\n".join(rng.sample([habit.executable, "LICENSE", "README.md", "CHANGELOG.md", "completions/", "man/"], rng.randint(1, 4)) + [habit.executable])
    messages = looked.messages + [asked(call["name"], call["arguments"]), {"role": "tool", "name": call["name"], "content": listing_text}]
    kind = format_of(archive)
    mappings = [{"os": system, "arch": processor, "asset": archive, "format": kind} for system, processor in releases.PLATFORMS]
    return Sample(messages, extract_call(mappings, habit.executable, f"{habit.executable} --version", order), "no platform", files)


def format_of(name: str) -> str:
    for ending, kind in releases.FORMATS.items():
        if name.endswith("." + ending):
            return kind
    return "binary"


def kind_of(habit: Habit, files: list[File]) -> str:
    """The habit in a word, for tables."""
    joined = " ".join(file.name for file in habit.files)
    if any(len(file.platforms) > 1 for file in files):
        return "universal or unmarked"
    if "-unknown-linux-" in joined or "apple-darwin" in joined:
        return "triples"
    if "Linux" in joined or "Darwin" in joined:
        return "capitalised"
    if any(word in joined for word in ("64bit", "64-bit", "ARM64", "x64")):
        return "64bit, x64, ARM64"
    if all(file.format == "binary" for file in habit.files):
        return "bare binaries"
    if all(file.format == "zip" for file in habit.files):
        return "zip"
    if "{version}" not in joined:
        return "no version"
    return "os_arch with a version"

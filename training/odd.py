"""Habits of naming that a single project has rather than most: what a file is, does not follow from one pattern for all."""

from __future__ import annotations

import dataclasses
import random

import names

from releases import FORMATS, PLATFORMS, File, Habit, ended, invented, libc

ENDINGS = ["tar.gz"] * 6 + ["zip"] * 4 + ["raw"] * 6 + ["tar.xz", "tgz", "tar.bz2"]
ARM = ["arm64", "arm64", "arm64", "aarch64", "aarch64", "armv8"]
INTEL = ["amd64", "amd64", "x86_64", "x86_64", "x64", "64bit"]
MAC = ["macos", "macos", "darwin", "darwin", "osx", "mac", "macOS", "Darwin", "MacOS"]
LATER_RUNNERS = ["macos-14", "macos-15", "macos-latest"]


def drawn(rng: random.Random, tool: str, executable: str) -> Habit:
    """A habit of one of these kinds."""
    return rng.choices([linux_goes_without_saying, grown, one_each, runners, letters, suite, unrelated, kept_name, later_second], [5, 5, 3, 0.7, 0.7, 4, 3, 3, 3])[0](rng, tool, executable)


class Names:
    """Joins the parts of names in one way."""

    def __init__(self, rng: random.Random, stem: str):
        self.stem = stem
        self.separator = rng.choice("----__.")
        self.version = rng.choice(["", "", "{version}", "{version}", "v{version}"])
        self.version_last = rng.random() < 0.25
        self.kind = rng.choice(ENDINGS)

    def file(self, platforms: list[tuple[str, str]], *words: str, stem: str = "", kind: str = "", plain: bool = True) -> File:
        parts = [stem or self.stem, *(word for word in words if word)]
        if self.version:
            parts.insert(len(parts) if self.version_last else 1, self.version)
        kind = kind or self.kind
        return File(ended(self.separator.join(parts), kind), tuple(platforms), FORMATS[kind], libc(" ".join(words)), plain, len(platforms) == 1)


def some(rng: random.Random, files: list[File], least: float = 0.75) -> list[File]:
    """Mostly all files; some projects lack the ones for a system or a processor."""
    return files if rng.random() < least else files[: rng.randint(1, len(files))]


def linux_goes_without_saying(rng: random.Random, tool: str, executable: str) -> Habit:
    """tool, tool-arm64, tool-darwin, tool-darwin-arm64."""
    named = Names(rng, executable)
    named.version = named.version if rng.random() < 0.2 else ""
    named.kind = "raw" if rng.random() < 0.8 else named.kind
    arm, mac = rng.choice(ARM), rng.choice(MAC)
    files = [named.file([PLATFORMS[0]]), named.file([PLATFORMS[1]], arm)]
    if rng.random() < 0.7:
        files += macs(rng, named, mac, "", arm)
    if rng.random() < 0.15:
        del files[1]
    return Habit(tool, executable, tuple(files), (f"{executable}.exe", executable + named.separator + rng.choice(["armhf", "armv7", "armv6", "386", "windows.exe"])))


def macs(rng: random.Random, named: Names, mac: str, intel: str, arm: str, alone: float = 0.35) -> list[File]:
    """The macOS files: one that names no processor is for both, unless another is for arm64."""
    if not intel and rng.random() < alone:
        return [named.file(PLATFORMS[2:], mac)]
    return [named.file([PLATFORMS[2]], mac, intel), named.file([PLATFORMS[3]], mac, arm)]


def grown(rng: random.Random, tool: str, executable: str) -> Habit:
    """linux64, linux-arm64, osx, macos-arm64: the second processor came later, and was called otherwise."""
    named = Names(rng, rng.choice([executable, executable, tool]))
    linux = rng.choice(["linux", "linux", "linux", "Linux", "lnx", "ubuntu"])
    first = rng.choice([linux, linux + "64", linux + "64", linux + "_64", linux + "-64bit", linux + named.separator + rng.choice(INTEL)])
    mac = rng.choice(MAC)
    second = mac if rng.random() < 0.6 else rng.choice(MAC)
    arm = rng.choice(ARM)
    joined = rng.random() < 0.2
    files = [named.file([PLATFORMS[0]], first), named.file([PLATFORMS[1]], linux + arm if joined else linux, "" if joined else arm)]
    old = rng.random()
    if old < 0.3:
        files.append(named.file(PLATFORMS[2:], mac))
    else:
        intel = "" if old < 0.7 else rng.choice(INTEL)
        files.append(named.file([PLATFORMS[2]], mac + "64" if old > 0.92 else mac, "" if old > 0.92 else intel))
        files.append(named.file([PLATFORMS[3]], second + arm if joined else second, "" if joined else rng.choice([arm, arm, "arm64"])))
    if rng.random() < 0.2:
        del files[1]
    return Habit(tool, executable, tuple(files), (f"{named.stem}-win64.zip", f"{named.stem}-linux32.{named.kind}", f"{named.stem}-win32.zip"))


def one_each(rng: random.Random, tool: str, executable: str) -> Habit:
    """tool-linux, tool-macos: a Linux file that names no processor is for the first one only."""
    named = Names(rng, rng.choice([executable, executable, tool]))
    mac = rng.choice(MAC)
    files = [named.file([PLATFORMS[0]], rng.choice(["linux", "linux", "Linux", "linux-gnu", "linux-musl", "ubuntu", "linux-static"]))]
    if rng.random() < 0.85:
        files.append(named.file(PLATFORMS[2:], mac, kind=named.kind if rng.random() < 0.8 else rng.choice(ENDINGS)))
    return Habit(tool, executable, tuple(files), (named.separator.join([named.stem, "windows"]) + ".zip",))


def runners(rng: random.Random, tool: str, executable: str) -> Habit:
    """Called like the machines that built them: the macOS images up to 13 have Intel processors, the later ones have not."""
    named = Names(rng, executable)
    files = [named.file([PLATFORMS[0]], rng.choice(["ubuntu-22.04", "ubuntu-24.04", "ubuntu-20.04", "ubuntu-latest", "linux"]))]
    if rng.random() < 0.4:
        files.append(named.file([PLATFORMS[1]], rng.choice(["ubuntu-22.04-arm", "ubuntu-24.04-arm", "ubuntu-24.04-arm64"])))
    first, second = (rng.choice(["macos-13", "macos-13", "macos-12"]), rng.choice(LATER_RUNNERS)) if rng.random() < 0.8 else ("macos-15-intel", "macos-15")
    files += [named.file([PLATFORMS[2]], first), named.file([PLATFORMS[3]], second)]
    return Habit(tool, executable, tuple(files), (named.separator.join([executable, "windows-2022"]) + ".zip",))


def letters(rng: random.Random, tool: str, executable: str) -> Habit:
    """tooll and toolm, or tool-l and tool-m: one letter for a system."""
    named = Names(rng, executable)
    named.kind = "raw" if rng.random() < 0.6 else named.kind
    named.version_last, joined, dotted = True, rng.random() < 0.5, rng.random() < 0.3
    word = lambda letter: letter.upper() if dotted else letter
    made = lambda platforms, letter: named.file(platforms, stem=executable + letter) if joined else named.file(platforms, word(letter))
    return Habit(tool, executable, (made([PLATFORMS[0]], "l"), made(PLATFORMS[2:], "m")), (executable + ("w" if joined else named.separator + word("w")) + ".exe",))


def suite(rng: random.Random, tool: str, executable: str) -> Habit:
    """A repository of several programs, none called like it: its command line is asked for."""
    name = tool.lower()
    main = rng.choice([name + "-cli", name + "-cli", name + "ctl", name + "cli", name + "_cli", "cli", name + "-client"])
    habit = invented(rng, tool, main)
    others = rng.sample(["server", "agent", "daemon", "operator", "controller", "worker", "proxy", "gateway", "node", "runner", "exporter", "api", "ui", "gui", "desktop"], rng.choice([1, 1, 2, 3]))
    files = list(habit.files)
    for other in others:
        stem = name + ("_" if "_" in main else "-") + other if main != "cli" else other
        for file in habit.files:
            if file.name.startswith(main) and rng.random() < 0.9:
                files.append(dataclasses.replace(file, name=stem + file.name[len(main) :], plain=False))
    return Habit(tool, main, tuple(files), habit.windows)


def unrelated(rng: random.Random, tool: str, executable: str) -> Habit:
    """A repository of several programs of different names: the README says which one is meant."""
    main = names.tool(rng).lower()
    habit = invented(rng, tool, main)
    files = list(habit.files)
    taken = {file.name for file in files}
    for other in {names.tool(rng).lower() for _ in range(rng.choice([1, 2, 2, 3]))} - {main}:
        for file in habit.files:
            name = other + file.name[len(main) :]
            if file.name.startswith(main) and name not in taken:
                taken.add(name)
                files.append(dataclasses.replace(file, name=name, plain=False))
    return Habit(tool, main, tuple(files), habit.windows, True)


def kept_name(rng: random.Random, tool: str, executable: str) -> Habit:
    """Files for one processor each, and the one without its name that there was before."""
    named = Names(rng, executable)
    linux, mac = rng.choice(["linux", "linux", "Linux"]), rng.choice(MAC)
    intel, arm = rng.choice(INTEL), rng.choice(ARM)
    files = [named.file([PLATFORMS[0]], linux, intel), named.file([PLATFORMS[1]], linux, arm)]
    files += [named.file([PLATFORMS[2]], mac, intel), named.file([PLATFORMS[3]], mac, arm)]
    kept = [dataclasses.replace(named.file([PLATFORMS[at]], word), specific=False) for at, word in ((0, linux), (2, mac)) if rng.random() < 0.8]
    return Habit(tool, executable, tuple(files + kept), (named.separator.join([executable, "windows", intel]) + ".zip",))


def later_second(rng: random.Random, tool: str, executable: str) -> Habit:
    """Both processors for Linux, a universal file for macOS, and at times an older macOS's beside it."""
    named = Names(rng, executable)
    intel, arm, mac = rng.choice(INTEL), rng.choice(ARM), rng.choice(MAC)
    word = rng.choice(["universal", "universal", "all", "universal2", "universal_binary", "fat"])
    files = [named.file([PLATFORMS[0]], "linux", intel), named.file([PLATFORMS[1]], "linux", arm)]
    files.append(named.file(PLATFORMS[2:], mac, word))
    if rng.random() < 0.35:
        files.append(named.file(PLATFORMS[2:], mac + rng.choice(["10.10", "10.15", "11", "12"]), word))
    if rng.random() < 0.25:
        files += [named.file([PLATFORMS[2]], mac, intel), named.file([PLATFORMS[3]], mac, arm)]
    return Habit(tool, executable, tuple(some(rng, files)), (named.separator.join([executable, "windows", intel]) + ".zip",))

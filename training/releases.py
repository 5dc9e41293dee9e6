"""Releases as projects publish them, with the right answer.

A release is a list of files. What each is, is known, because it was made: from a real repository's
habit with another name, or from an invented habit made of parts of real ones. So the
right mappings follow from the rules of README.md, never from reading the files' names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import random
import re

import names

PLATFORMS = [("linux", "amd64"), ("linux", "arm64"), ("darwin", "amd64"), ("darwin", "arm64")]
FORMATS = {"tar.gz": "tar.gz", "tgz": "tgz", "tar.xz": "tar.xz", "txz": "tar.xz", "zip": "zip", "tar.bz2": "tbz", "tbz": "tbz", "tbz2": "tbz", "raw": "binary"}
FORMAT_RANK = {"tar.gz": 0, "tgz": 1, "tar.xz": 2, "tbz": 3, "zip": 4, "binary": 9}
LIBC_RANK = {"gnu": 0, "musl": 1, "": 2}

# Known tools that are asked for in acceptance, and so are never trained on.
KEPT_APART = {
    "stern", "terraform-linters", "helix-editor", "ast-grep", "derailed", "aquasecurity", "gitleaks", "xxxserxxx", "cjbassi", "oj",
    "filosottile", "bell-sw", "aristocratos", "superfly", "k3d-io", "rancher", "sigstore", "kubernetes", "kopia", "embarkstudios",
}


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a release that may be what is looked for on some platforms."""

    name: str
    platforms: tuple[tuple[str, str], ...]
    format: str  # as the tool's schema calls it
    libc: str = ""
    plain: bool = True  # no debug build, no minimal one, not another tool's
    specific: bool = True  # made for the processors that it runs on, not for several


@dataclasses.dataclass(frozen=True)
class Release:
    """The files of one release: those that may be right, and all the others."""

    tag: str
    files: tuple[File, ...]
    noise: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Habit:
    """How a project calls its files; {version} is the placeholder."""

    tool: str  # the repository's name
    executable: str
    files: tuple[File, ...]
    windows: tuple[str, ...] = ()
    unrelated: bool = False  # other programs' files are called as well as the right ones


def held_out(owner: str) -> bool:
    """Whether an owner's repositories are for evaluation: one owner in eight."""
    return hashlib.sha256(owner.lower().encode()).digest()[0] % 8 == 0


def load(path: pathlib.Path) -> list[dict]:
    """The records of a file of assets, one a line."""
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def answer(files: tuple[File, ...] | list[File]) -> list[dict[str, str]]:
    """The right mappings: for each platform the best file, by the rules of README.md."""
    mappings = []
    for platform in PLATFORMS:
        able = [file for file in files if platform in file.platforms and file.plain]
        if able:
            best = min(able, key=rank)
            mappings.append({"os": platform[0], "arch": platform[1], "asset": best.name, "format": best.format})
    return mappings


def rank(file: File) -> tuple:
    """Smaller is better. The name only decides between files that are equal in all else."""
    return (not file.specific, FORMAT_RANK[file.format] == 9, LIBC_RANK[file.libc], FORMAT_RANK[file.format], len(file.name), file.name)


def libc(name: str) -> str:
    """The C library in a name."""
    lower = name.lower()
    return "musl" if "musl" in lower else "gnu" if "gnu" in lower or "glibc" in lower else ""


ARM = re.compile(r"arm64|aarch64|aarch_64|armv8|arm_64|arm-64|silicon|(?<![a-z])m1(?![a-z0-9])|(?<![a-z])arm(?![a-z0-9])|macos_arm", re.I)
INTEL = re.compile(r"amd64|x86[_-]?64|x64|64[-_]?bit|(linux|macos|osx|darwin|mac)[-_]?64|intel|(?<![a-z0-9])x86(?![a-z0-9_])|64", re.I)
APPLE = re.compile(r"darwin|mac|osx|apple|universal", re.I)
ANY_SYSTEM = re.compile(r"darwin|mac|osx|apple|linux|ubuntu|windows|lnx", re.I)


def from_record(record: dict, variant: dict) -> Habit | None:
    """A real habit; none if it has nothing that a mapping can name."""
    tool = record["repo"].split("/")[1]
    executable = variant["files"][0]["name"] if variant["files"] else tool
    of_asset: dict[str, list[tuple[str, str]]] = {}
    kinds: dict[str, str] = {}
    windows = []
    for platform, entry in variant["assets"].items():
        system, processor = platform.split("/")
        name = entry["asset"].replace("vv{version}", "v{version}")
        if system == "windows":
            windows.append(name)
        elif entry["format"] in FORMATS and not re.search(r"\.(gz|bz2|xz|zst|whl|appimage|pkg|dmg)$", re.sub(r"\.tar\.(gz|bz2|xz)$", "", name), re.I):
            of_asset.setdefault(name, []).append((system, processor))
            kinds[name] = FORMATS[entry["format"]]
            if kinds[name] == "binary":  # some records call an archive raw
                ending = re.search(r"\.(tar\.gz|tgz|tar\.xz|zip|tar\.bz2|tbz)$", name)
                if ending:
                    kinds[name] = FORMATS[ending.group(1)]
    if not of_asset:
        return None
    files = []
    without_tool = {name: re.sub(re.escape(tool), "", name, flags=re.I) for name in of_asset}
    for name, platforms in of_asset.items():
        rest = without_tool[name]
        files.append(File(name, tuple(by_rule(rest, platforms, list(without_tool.values()))), kinds[name], libc(rest), True, len(platforms) == 1))
    return Habit(tool, executable, tuple(files), tuple(windows))


def by_rule(rest: str, platforms: list[tuple[str, str]], others: list[str]) -> list[tuple[str, str]]:
    """The platforms of a real file, where the record departs from the rules of README.md."""
    result = list(platforms)
    if ("darwin", "amd64") in result and ("darwin", "arm64") in result and INTEL.search(rest) and not re.search("universal|all", rest, re.I):
        result.remove(("darwin", "arm64"))  # made for the other processor, and emulated
    if ("linux", "amd64") in result and ("linux", "arm64") in result and INTEL.search(rest):
        result.remove(("linux", "arm64"))
    if result == [("darwin", "amd64")] and APPLE.search(rest) and not INTEL.search(rest):
        if not any(ARM.search(other) and APPLE.search(other) for other in others):
            result.append(("darwin", "arm64"))
    return result


LINUX_WORDS = ["linux"] * 12 + ["Linux"] * 5 + ["unknown-linux-gnu"] * 5 + ["unknown-linux-musl"] * 5 + ["linux-gnu", "linux-musl", "LINUX", "linux-static", "manylinux2014", "ubuntu-latest", "ubuntu-22.04", "ubuntu", "pc-linux-gnu", "lnx", "linux-glibc", "unknown-linux", "gnu-linux", "linuxstatic"]
DARWIN_WORDS = {"linux": ["darwin"] * 10 + ["macos"] * 5 + ["macOS", "osx", "mac", "apple-darwin", "macosx"], "Linux": ["Darwin"] * 8 + ["macOS"] * 3 + ["MacOS", "Mac", "OSX", "macos"], "unknown": ["apple-darwin"] * 9 + ["macos", "darwin"], "ubuntu": ["macos-latest", "macos-14", "macos", "macos-12"], "other": ["darwin", "macos", "macOS", "osx", "mac", "apple-darwin", "apple", "macos11", "macos-monterey", "macos10.15", "osx-10.9", "apple-macos", "mac-os", "OSX"]}
WINDOWS_WORDS = ["windows", "windows", "windows", "Windows", "win", "win64", "pc-windows-msvc", "pc-windows-gnu"]
PROCESSORS = [("amd64", "arm64")] * 10 + [("x86_64", "aarch64")] * 6 + [("x86_64", "arm64")] * 6 + [("x64", "arm64")] * 3 + [("amd64", "aarch64"), ("64bit", "ARM64"), ("64bit", "arm64"), ("64-bit", "arm64"), ("AMD64", "ARM64"), ("X64", "ARM64"), ("x86-64", "arm64"), ("x86-64", "aarch64"), ("x86_64", "armv8"), ("64", "arm64"), ("64", "aarch64"), ("amd64", "armv8"), ("Amd64", "Arm64"), ("x86", "arm64"), ("amd64v1", "arm64"), ("amd64", "arm64v8"), ("x64", "aarch64"), ("x86_64", "ARM64"), ("x64", "ARM64"), ("x86_64", "aarch_64"), ("amd64", "arm_64"), ("intel_64", "arm_64"), ("x64", "arm64"), ("64", "arm64"), ("64bit", "aarch64"), ("x86_64", "arm64v8"), ("amd64_v1", "arm64"), ("amd64_v1", "arm64_v8.0"), ("x86-64", "arm-64"), ("intel", "arm64"), ("X86_64", "AARCH64"), ("x86_64", "armv8a")]
ENDINGS = ["tar.gz"] * 12 + ["raw"] * 6 + ["zip"] * 4 + ["tgz", "tar.xz", "tar.xz", "tbz", "tar.bz2", "txz"]
OTHER_PROCESSORS = ["386", "i386", "i686", "armv5", "armv6", "armv7", "armhf", "armv6l", "ppc64le", "s390x", "riscv64", "loong64", "mips64le", "armv7l", "arm-7", "ppc64", "32bit", "arm", "arm", "arm", "arm32v7", "arm-v6", "arm-v7", "arm6", "arm7", "x32", "ia32", "x86_32", "ppcle_64", "loongarch64", "mips"]
OTHER_SYSTEMS = ["freebsd", "netbsd", "openbsd", "FreeBSD", "android", "solaris", "illumos", "unknown-freebsd", "linux-android", "wasm", "dragonfly", "plan9"]
VARIANT_WORDS = [
    "debug", "minimal", "slim", "lite", "full", "static", "dynamic", "nightly", "profile", "cuda", "gpu", "extended", "baseline", "v3", "fips", "oss", "enterprise", "lts", "boringcrypto", "dbg", "dev", "race", "nosystemd", "withdeploy", "simd", "legacy", "portable", "pgo", "no-cgo", "cgo", "headless", "gui", "vulkan", "rocm", "tls", "noavx", "ui",
    "c-api", "sdk", "headers", "asan", "lto", "npm", "bundle", "airgap", "offline", "unstripped", "stripped", "no-default-features", "all-features", "vendored-openssl", "standalone", "docker", "lambda", "core", "nogui", "jemalloc", "tsan",
    "avx2", "avx512", "sse2", "modern", "compat", "canary", "community", "pro", "libs", "tests", "embedded", "webui", "with-plugins", "jre", "no-libgit", "system-libs", "v2", "v4", "x", "server", "runtime", "experimental", "std", "mini", "light", "large", "base", "sqlite", "postgres", "s3", "k8s", "systemd", "x11", "wayland", "qt", "gtk", "profiling", "trace"]
DISTRIBUTIONS = ["alpine", "alpine", "alpine3", "alpine-linux", "centos7", "centos", "debian11", "debian-12", "el8", "rhel9", "fedora40", "amazonlinux2", "archlinux", "nixos", "linux-alpine", "raspbian", "openwrt", "synology"]
UNIVERSAL_WORDS = ["all", "universal", "universal", "all", "universal2", "fat", "multiarch", "universal_binary", "universal-binary", "Universal", "multi"]


def ended(name: str, ending: str) -> str:
    return name if ending == "raw" else f"{name}.{ending}"


def invented(rng: random.Random, tool: str, executable: str, stem: str | None = None) -> Habit:
    """A habit of parts that real ones have. The stem is what the files' names begin with."""
    stem = stem or executable
    linux = rng.choice(LINUX_WORDS)
    key = "unknown" if linux.startswith("unknown") else "ubuntu" if linux.startswith("ubuntu") else linux if linux in DARWIN_WORDS else "other"
    darwin = rng.choice(DARWIN_WORDS[key])
    intel, arm = rng.choice(PROCESSORS)
    if key == "unknown" and rng.random() < 0.9:
        intel, arm = "x86_64", "aarch64"
    intel_mac, arm_mac = intel, arm
    if rng.random() < 0.08:
        intel_mac, arm_mac = rng.choice(PROCESSORS)
    elif rng.random() < 0.05:
        intel_mac, arm_mac = rng.choice([("intel", "arm"), ("intel", "silicon"), ("intel", "m1"), ("x86_64", "arm"), ("intel", "arm64"), ("x64", "arm"), ("intel", "apple-silicon"), ("Intel", "AppleSilicon"), ("Intel", "Silicon"), ("intel", "applesilicon"), ("x86_64", "silicon"), ("Intel", "Apple-Silicon"), ("amd64", "m1"), ("Intel", "ARM"), ("intel64", "arm64"), ("x64", "applesilicon")])
    version = rng.choice(["", "{version}", "{version}", "v{version}", "v{version}"])
    outer = rng.choice("---___." if rng.random() < 0.995 else " ")
    inner = outer if rng.random() < 0.75 else rng.choice("-_.")
    order = rng.choices(["tvop", "tvpo", "topv", "tpov", "tvo", "optv", "top", "ovtp"], [12, 7, 4, 2, 2.5, 0.5, 4, 0.4])[0]
    if key == "unknown":
        order = rng.choice(["tvpo", "tvpo", "tpo", "tpov", "potv"] if rng.random() < 0.97 else ["tvop"])
    ending = rng.choice(ENDINGS)
    ending_mac = ending if rng.random() < 0.85 else rng.choice(ENDINGS)
    unmarked = order == "tvo"  # no word for the processor, unless it is the second one
    joined = intel == "64" or rng.random() < 0.02
    if rng.random() < 0.05:  # Linux goes without saying, and often the first processor as well
        linux = ""
        if key == "unknown":
            intel = "amd64" if rng.random() < 0.5 else "x86_64"
            intel_mac = intel
        unmarked = rng.random() < 0.6

    def name(system: str, processor: str, extra: str = "") -> str:
        parts: list[str] = []
        if unmarked and processor in (intel, intel_mac):
            processor = ""
        for part in order:
            if part == "t":
                parts.append(stem)
            elif part == "v" and version:
                parts.append(version)
            elif part == "o" and system:
                parts.append(system)
            elif part == "p" and processor:
                parts.append(processor)
        if unmarked and processor and "p" not in order:
            parts.append(processor)
        if extra:
            parts.append(extra)
        text = parts[0]
        for before, after in zip(parts, parts[1:]):
            both = {before, after}
            close = both <= {system, processor}
            text += ("" if close and joined else inner if close else outer) + after
        return text

    def made(system: str, processor: str, platform: tuple[str, str], kind: str, extra: str = "", plain: bool = True) -> File:
        return File(ended(name(system, processor, extra), kind), (platform,), FORMATS[kind], libc(system), plain)

    files = [
        made(linux, intel, PLATFORMS[0], ending),
        made(linux, arm, PLATFORMS[1], ending),
        made(darwin, intel_mac, PLATFORMS[2], ending_mac),
        made(darwin, arm_mac, PLATFORMS[3], ending_mac),
    ]
    if "linux-gnu" in linux and rng.random() < 0.4:  # musl for one processor only
        at = rng.randrange(2)
        files[at] = made(linux.replace("gnu", "musl"), (intel, arm)[at], PLATFORMS[at], ending)
    if rng.random() < 0.09:
        both = made(darwin, rng.choice(UNIVERSAL_WORDS), PLATFORMS[2], ending_mac)
        universal = dataclasses.replace(both, platforms=(PLATFORMS[2], PLATFORMS[3]), specific=False)
        files[2:] = [universal] if rng.random() < 0.7 else files[2:] + [universal]
    elif unmarked and rng.random() < 0.5:
        files[2:] = [dataclasses.replace(files[2], platforms=(PLATFORMS[2], PLATFORMS[3]), specific=False)]
    windows = (ended(name(rng.choice(WINDOWS_WORDS), intel), rng.choice(["zip", "exe", ending.replace("raw", "exe")])),)
    return Habit(tool, executable, tuple(files), windows)


def restyled(old: str, new: str, found: str) -> str:
    """The new name in the style that the old one was found in."""
    if found == old:
        return new
    if found == old.lower():
        return new.lower()
    if found == old.upper():
        return new.upper()
    if found == old.lower().capitalize():
        return new.lower().capitalize()
    return new


def renamed(habit: Habit, tool: str, rng: random.Random) -> Habit:
    """The habit of a project of another name. What the executable is called beside it, changes as well."""
    old = habit.tool
    stem = habit.executable
    pattern = re.compile(re.escape(old), re.I)
    swaps: list[tuple[re.Pattern, str, str]] = []
    if len(old) > 2:
        swaps.append((pattern, old, tool))
    executable = pattern.sub(lambda m: restyled(old, tool, m.group()), stem) if len(old) > 2 else stem
    if executable == stem and len(stem) > 2 and stem.lower() != old.lower():
        executable = names.tool(rng).lower()
        if rng.random() < 0.3:
            executable = "".join(part[0] for part in re.split("[-_]", tool) if part).lower() + rng.choice(["", "x", "ctl", "c"])
        swaps.insert(0, (re.compile(re.escape(stem), re.I), stem, executable))
    elif len(old) <= 2:
        return habit

    def swap(text: str) -> str:
        for expression, before, after in swaps:
            text = expression.sub(lambda m: restyled(before, after, m.group()), text)
        return text

    for platform_word in ("linux", "darwin", "mac", "arm", "amd", "x86", "win", "osx", "all", "x64", "64", "gnu", "musl", "tar", "gz", "zip"):
        if platform_word in old.lower() or (swaps[0][1] != old and platform_word in stem.lower()):
            return habit  # its name contains a word for a platform
    files = tuple(dataclasses.replace(file, name=swap(file.name)) for file in habit.files)
    return Habit(tool, executable, files, tuple(swap(name) for name in habit.windows))


SYSTEM_WORDS = re.compile(r"unknown-linux-(gnu|musl)|linux|Linux|LINUX|ubuntu")
INTEL_WORDS = re.compile(r"x86_64|amd64|x64|64bit|x86-64|AMD64|64-bit|X64")


def altered(habit: Habit, rng: random.Random) -> tuple[list[File], list[str]]:
    """The files of a release by this habit, with variants of them, and the noise."""
    files = list(habit.files)
    names_taken = {file.name for file in files}

    def add(file: File) -> None:
        if file.name not in names_taken and ".{" not in file.name[-1:]:
            names_taken.add(file.name)
            files.append(file)

    bases = list(files)
    stem_ending = lambda name: re.match(r"(.*?)((?:\.tar)?\.(?:gz|tgz|xz|txz|zip|bz2|tbz2?|jar|sh|pyz|phar|py|bin))?$", name)
    # Another C library beside the one that is there, at times for one processor only.
    if rng.random() < 0.18:
        place, kind, only = rng.random(), rng.choice(["musl", "musl", "musl", "gnu"]), rng.choice(PLATFORMS[:2]) if rng.random() < 0.2 else None
        separator = rng.choice("--_")
        for file in bases:
            linux_only = all(system == "linux" for system, _ in file.platforms)
            if not linux_only or not file.specific or rng.random() < 0.1 or (only and only not in file.platforms):
                continue
            if file.libc == "gnu":
                other = file.name.replace("gnu", "musl").replace("glibc", "musl")
                add(dataclasses.replace(file, name=other, libc="musl"))
            elif file.libc == "musl":
                add(dataclasses.replace(file, name=file.name.replace("musl", rng.choice(["gnu", "gnu", "glibc"])), libc="gnu"))
            else:
                match = stem_ending(file.name)
                word = SYSTEM_WORDS.search(file.name)
                if place < 0.25 and word:  # after the system, or in its place
                    name = file.name[: word.end()] + separator + kind + file.name[word.end() :]
                elif place < 0.32 and word and INTEL_WORDS.search(file.name):
                    name = file.name[: word.start()] + kind + file.name[word.end() :]
                else:
                    name = f"{match[1]}{separator}{kind}{match[2] or ''}"
                add(dataclasses.replace(file, name=name, libc=kind))
    # The same in another format.
    if rng.random() < 0.16:
        kind = rng.choice(["zip", "zip", "tar.gz", "tar.gz", "raw", "raw", "tar.xz", "tgz", "tar.bz2"])
        for file in list(files):
            match = stem_ending(file.name)
            if match[2] in (".jar", ".sh", ".pyz", ".phar", ".py", ".bin") or (not match[2] and file.format != "binary") or rng.random() < 0.1:
                continue
            if kind == "raw" and re.search(r"\.\w{1,3}$", match[1]):
                continue
            add(dataclasses.replace(file, name=ended(match[1], kind), format=FORMATS[kind]))
    # Other builds of the same: never preferred. Some projects build each with each.
    if rng.random() < 0.2:
        each = rng.random() < 0.25
        for extra in rng.sample(VARIANT_WORDS, rng.choice([1, 1, 2, 3])):
            place = rng.random()
            seldom = rng.choice([0.0, 0.2, 0.2, 0.7])
            for file in list(files) if each else bases:
                if rng.random() < seldom or extra in file.name or len(files) > 40:
                    continue
                match = stem_ending(file.name)
                separator = "_" if "_" in file.name else "-"
                lower = file.name.lower()
                stem = habit.executable if lower.startswith(habit.executable.lower()) else habit.tool if lower.startswith(habit.tool.lower()) else ""
                word = SYSTEM_WORDS.search(file.name)
                if place > 0.9 and word:
                    name = file.name[: word.end()] + separator + extra + file.name[word.end() :]
                elif place < 0.45 and stem:
                    name = file.name[: len(stem)] + separator + extra + file.name[len(stem) :]
                else:
                    name = f"{match[1]}{separator}{extra}{match[2] or ''}"
                add(dataclasses.replace(file, name=name, plain=False))
    # The same for a distribution.
    if rng.random() < 0.03:
        for system in rng.sample(DISTRIBUTIONS, rng.choice([1, 1, 2])):
            for file in bases:
                if SYSTEM_WORDS.search(file.name) and not file.name.lower().startswith("ubuntu"):
                    add(dataclasses.replace(file, name=SYSTEM_WORDS.sub(system, file.name, count=1), plain=False))
    # Other tools in the same release.
    if rng.random() < 0.16:
        for _ in range(rng.choice([1, 1, 2, 3])):
            main = habit.executable
            other = rng.choice([f"{main}-{names.word(rng)}", f"{main}-{rng.choice(['server', 'agent', 'client', 'daemon', 'plugin', 'helper', 'lsp', 'gui', 'operator', 'controller', 'proxy', 'worker'])}", f"{main}d", f"{names.word(rng)}-{main}", names.tool(rng).lower(), f"protoc-gen-{main}", f"kubectl-{main}", f"lib{main}", f"{main}_{names.word(rng)}", f"{main}{rng.choice(names.SUFFIXES)}"])
            for file in bases:
                lower = file.name.lower()
                stem = habit.executable if lower.startswith(habit.executable.lower()) else habit.tool if lower.startswith(habit.tool.lower()) else ""
                if stem and rng.random() < 0.95:
                    add(dataclasses.replace(file, name=other + file.name[len(stem) :], plain=False))
    # Missing platforms.
    if rng.random() < 0.22 and len(files) > 1:
        gone = set(rng.sample(PLATFORMS, rng.choice([1, 1, 1, 2])))
        left = [dataclasses.replace(f, platforms=tuple(p for p in f.platforms if p not in gone)) if f.specific else f for f in files]
        left = [f for f in left if f.platforms]
        # A file without any word for a processor means something else where the second one is missing.
        if any(f.plain for f in left) and all(INTEL.search(f.name) or ARM.search(f.name) or not f.specific for f in files):
            files = left
    noise = list(habit.windows)
    if ("linux", "amd64") in {platform for file in files for platform in file.platforms}:
        add_noise(noise, bases, habit, rng)
    else:  # a 32-bit name must not look like the missing platform
        add_noise(noise, [file for file in bases if not INTEL_WORDS.search(file.name)] or bases, habit, rng)
    linux = [file for file in files if any(system == "linux" for system, _ in file.platforms)]
    if linux and all(SYSTEM_WORDS.search(file.name.replace(habit.executable, "").replace(habit.tool, "")) for file in linux):
        add_other_archives(noise, habit, rng)
    return files, [name for name in noise if name not in {file.name for file in files}]


def add_other_archives(noise: list[str], habit: Habit, rng: random.Random) -> None:
    """Archives without any word for a system beside files that have one: the sources, a web page's files, data."""
    name = rng.choice([habit.tool, habit.tool, habit.executable])
    if rng.random() < 0.12:
        stem = rng.choice([f"{name}-{{version}}", f"{name}-{{version}}", f"{name}-v{{version}}", f"{name}_{{version}}", f"v{{version}}", name])
        noise.extend(f"{stem}.{ending}" for ending in rng.choice([["tar.gz"], ["tar.gz"], ["zip"], ["tar.gz", "zip"], ["tar.xz"], ["tar.bz2"]]))
    if rng.random() < 0.12:
        what = rng.choice(["web-ui", "web", "ui", "browser", "node", "npm-build", "submodules", "assets", "themes", "plugins", "data", "templates", "runtime", "stdlib", "examples", "accoutrements", "helm-chart", "chart", "crds", "manifests", "schemas", "images", "airgap", "extras", "contrib", "buildable-artifact", "lib", "include", "api", "sdk", "java", "python", "js", "jar", "dist", "static-files", "man-page-only", "rules", "config", "policies", names.syllables(rng)])
        version = rng.choice(["", "-{version}", "-v{version}", "_{version}"])
        form = rng.choice(["{name}-{what}{version}", "{name}-{what}{version}", "{name}{version}-{what}", "{name}_{what}{version}", "{what}-{name}{version}", "{what}{version}", "{what}"])
        noise.append(form.replace("{name}", name).replace("{what}", what).replace("{version}", version) + rng.choice([".tar.gz", ".tar.gz", ".zip", ".zip", ".tgz", ".tar.xz", ""]))
    if rng.random() < 0.02:
        noise.extend(f"{name}-images-{processor}.tar.gz" for processor in ("amd64", "arm64"))


def add_noise(noise: list[str], bases: list[File], habit: Habit, rng: random.Random) -> None:
    """Other systems and processors, packages, checksums, signatures, sources: what is never right."""
    first = bases[0].name
    stem, ending = re.match(r"(.*?)((?:\.tar)?\.(?:gz|tgz|xz|txz|zip|bz2|tbz2?))?$", first).groups()
    ending = ending or ""
    if rng.random() < 0.5:
        for processor in rng.sample(OTHER_PROCESSORS, rng.randint(1, 6)):
            if INTEL_WORDS.search(first) :
                noise.append(INTEL_WORDS.sub(processor, first))
    if rng.random() < 0.35:
        for system in rng.sample(OTHER_SYSTEMS, rng.randint(1, 4)):
            if SYSTEM_WORDS.search(first):
                noise.append(SYSTEM_WORDS.sub(system, first))
    if rng.random() < 0.35:
        for package in rng.sample(["deb", "rpm", "apk", "AppImage", "pkg.tar.zst", "snap", "ipk", "flatpak"], rng.randint(1, 4)):
            noise.append(f"{stem}.{package}")
            if rng.random() < 0.3:
                noise.append(f"{habit.executable}_{{version}}-1_amd64.{package}")
    if rng.random() < 0.15:
        noise.append(f"{habit.tool}-{{version}}.{rng.choice(['msi', 'pkg', 'dmg', 'exe', 'vsix', 'jar.asc', 'whl'])}")
    if rng.random() < 0.6:
        noise.append(rng.choice(["checksums.txt", "SHA256SUMS", "sha256sums.txt", "checksums_sha256.txt", f"{habit.tool}_{{version}}_checksums.txt", f"{habit.tool}-{{version}}-SHA256SUMS", "sha256.txt", "SHA256SUMS.txt"]))
    if rng.random() < 0.25:
        noise.append(noise[-1] + rng.choice([".sig", ".asc", ".pem", ".sigstore.json"]) if noise else "cosign.pub")
    if rng.random() < 0.3:
        suffix = rng.choice([".sha256", ".sha256", ".sig", ".asc", ".sha512", ".md5", ".sbom", ".sbom.json", ".minisig", ".pem", ".sha256sum", ".intoto.jsonl", ".spdx.json", ".proof", ".cosign.bundle", ".sha256.txt"])
        noise.extend(file.name + suffix for file in bases)
    if rng.random() < 0.2:
        noise.append(rng.choice(["{tool}-{version}-source.tar.gz", "{tool}-v{version}-src.tar.gz", "{tool}-{version}-vendor.tar.gz", "source.tar.gz", "{tool}-{version}.src.zip", "{tool}-{version}-vendored-source.tar.xz", "src.zip"]).replace("{tool}", habit.tool))
    if rng.random() < 0.15:
        noise.append(rng.choice(["install.sh", "LICENSE", "README.md", "completions.tar.gz", "man.tar.gz", "metadata.json", "multiple.intoto.jsonl", "manifest.json", "latest.yml", "docs.zip", "install.ps1", "crds.yaml", "bundle.zip", "schema.json", "completion.bash", "autocomplete.zsh"]))

"""Redraw the pictures of the figures that the documents show, in both languages, from one run of each experiment.

    python docs/draw_pictures.py                     # all of them, half an hour on two cores
    python docs/draw_pictures.py softmax sigmoid     # only these

Pictures go to docs/pictures and docs/zh/pictures; docs/pictures/manifest.json says which commit, settings (seeds among
them), libraries and numbers each comes from; the pages docs/gallery.md and docs/zh/gallery.md show them all. MNIST and
the book's curves are found as `gradus figure` finds them (GRADUS_DATA). The ladder is drawn from its quick form, as its
full one takes hours.
"""

import hashlib
import io
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

from PIL import Image

from gradus.figures import FIGURES, LANGUAGES, Measurement, Sources, chinese_font
from gradus.figures.record import describe
from gradus.figures.runner import draw_pictures

DOCS = Path(__file__).parent
FOLDERS = {"en": DOCS, "zh": DOCS / "zh"}
MANIFEST = DOCS / "pictures" / "manifest.json"
MAX_WIDTH = 1200  # pixels
QUALITY = 80  # of WebP
LIBRARIES = ("jax", "numpy", "matplotlib")


def main(names: list[str]) -> None:
    if not chinese_font():
        sys.exit("the Chinese pictures need a font with Chinese characters, such as Noto Sans CJK SC")
    for name in names or list(FIGURES):
        print(name, flush=True)
        entry = draw(name)
        manifest = read_manifest() | {name: entry}
        # In the order of the theory, so that a redrawn figure changes its own lines alone.
        ordered = {known: manifest[known] for known in FIGURES if known in manifest}
        # A setting may be a dataclass.
        content = json.dumps(ordered, indent=1, ensure_ascii=False, allow_nan=False, default=asdict)
        MANIFEST.write_text(content + "\n", encoding="utf-8")
        write_galleries(ordered)


def read_manifest() -> dict[str, Any]:
    """What is known of the pictures that are there."""
    return json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}


def draw(name: str) -> dict[str, Any]:
    """Run an experiment, write its pictures, and give its entry in the manifest."""
    figure, start = FIGURES.find(name), time.perf_counter()
    measure, quick = figure.module().measure, {"quick": True} if figure.takes_hours else {}
    measurement = measure(Sources(), **quick)
    seconds = round(time.perf_counter() - start, 1)
    files = {language: picture(name, language, measurement) for language in LANGUAGES}
    return {
        "commit": commit(),
        "libraries": {library: version(library) for library in LIBRARIES},
        "settings": default_settings(measure) | quick,
        "seconds": seconds,
        "numbers": {key: plain(number) for key, number in measurement.numbers.items()},
        "sentences": measurement.sentences,
        "claim_holds": bool(measurement.claim_holds),
        "texts": digest((DOCS.parent / "gradus" / "figures" / "texts" / f"{name}.toml").read_bytes()),
        "shows": {language: describe(name, language, measurement, seconds, {}).shows for language in LANGUAGES},
        "pictures": files,
    }


def default_settings(measure: Callable[..., Measurement]) -> dict[str, Any]:
    """Epochs, examples, seeds and the like of an experiment."""
    _, *parameters = signature(measure).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}


def plain(number: Any) -> Any:
    """A number or a text, without the type of NumPy or JAX; None for one that is not finite, which JSON cannot say."""
    number = number.item() if hasattr(number, "item") else number
    return None if isinstance(number, float) and not math.isfinite(number) else number


def picture(name: str, language: str, measurement: Measurement) -> str:
    """Write a small picture, and give its SHA-256."""
    image = Image.open(io.BytesIO(draw_pictures(name, language, measurement)["png"])).convert("RGB")
    if image.width > MAX_WIDTH:
        image = image.resize((MAX_WIDTH, round(image.height * MAX_WIDTH / image.width)), Image.Resampling.LANCZOS)
    path = FOLDERS[language] / "pictures" / f"{name}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=QUALITY, method=6)
    return digest(path.read_bytes())


def commit() -> str:
    """The commit that the working tree is at."""
    command = ["git", "-C", str(DOCS), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_galleries(manifest: dict[str, Any]) -> None:
    """Write the page of all pictures in each language."""
    for language, folder in FOLDERS.items():
        (folder / "gallery.md").write_text(gallery(language, manifest), encoding="utf-8")


def gallery(language: str, manifest: dict[str, Any]) -> str:
    """All figures in the order of the theory: question, picture, outcome, command."""
    title, introduction, command = {
        "en": (
            "# Gallery",
            "Every figure of the theory, as `python docs/draw_pictures.py` last drew it. The sentences quote the "
            "numbers of that very run; [manifest.json](pictures/manifest.json) has the commit and the libraries.",
            "Draw it yourself: ",
        ),
        "zh": (
            "# 图集",
            "理论的全部插图，由 `python docs/draw_pictures.py` 画出。文字中的数字就是那一次运行测得的；"
            "每幅图所用的提交和库见 [manifest.json](../pictures/manifest.json)。",
            "自己画一遍：",
        ),
    }[language]
    parts = [title, introduction]
    for name, entry in manifest.items():
        figure = FIGURES[name]
        texts = figure.texts[language]
        chapter = f"[{figure.theory}](theory/{figure.theory[0]}.md#{figure.theory})"
        parts += [
            f"## {texts.title}",
            f"{chapter} · {texts.question}",
            f"![{texts.title}](pictures/{name}.webp)",
            entry["shows"][language],
            f"{command}`gradus figure {name}{'' if language == 'en' else ' --language zh'}`",
        ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])

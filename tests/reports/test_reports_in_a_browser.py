"""Reports in a real browser: on a phone, on a screen and on paper, in both languages, without a network."""

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
from browser import in_a_browser, run_browser, shown
from cli.shell import invoke
from folders.pictures import make_folder

pytestmark = [pytest.mark.slow, in_a_browser]

LIMIT = 5 << 20  # bytes
WIDTHS = (390, 800, 1200)  # pixels of frames, since a window has a least one; what sticks out can be scrolled to
FRAME = '<iframe style="width: {width}px; height: 800px; border: 0" srcdoc="{page}"></iframe>'
SCRIPT = """<script>onload = () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, root = page.documentElement, images = [...page.images];
    return {sticks_out: root.scrollWidth - root.clientWidth, images: images.length, text: page.body.innerText.length,
            missing: images.filter(image => !image.naturalWidth).length};
  });
  const fetched = performance.getEntriesByType("resource").length;
  document.body.textContent = "FOUND " + JSON.stringify({frames: found, fetched: fetched}) + " END";
}</script>"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a training on pictures, a table of classes, one of numbers, texts with classes, and a text."""
    home = tmp_path_factory.mktemp("home")
    random = np.random.default_rng(0)
    make_folder(home / "pets")
    x = random.normal(size=(120, 2))
    long = "a_column_with_a_name_that_is_much_too_long_for_a_phone"
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > 0 else 'no'},{a + b:.4f}" for a, b in x]
    (home / "rows.csv").write_text("\n".join([f"{long},b,kind,sum", *rows]))
    for name in ("good", "bad"):
        (home / "reviews" / name).mkdir(parents=True)
        for k in range(8):
            (home / "reviews" / name / f"{k}.txt").write_text(f"a {name} film, number {k}, " + "and more of it " * 30)
    (home / "story.txt").write_text("The quick brown fox jumps over the lazy dog.\n" * 40)
    commands = {
        "pets": ["pets", "--layers", "conv4-3x3 relu maxpool2 flatten dense2"],
        "classes": ["rows.csv", "--target", "kind", "--drop", "sum"],
        "numbers": ["rows.csv", "--target", "sum", "--drop", "kind"],
        "reviews": ["reviews"],
        "story": ["story.txt", "--layers", "lstm8", "--time", "16"],
    }
    for name, words in commands.items():
        done = invoke("train", *words, "--epochs", "2", "--name", name, "--quiet", folder=home)
        assert done.returncode == 0, done.stderr
    return {name: home / "runs" / name / "report.html" for name in commands}


@pytest.mark.parametrize("name", ["pets", "classes", "numbers", "reviews", "story"])
def test_a_report_fits_every_screen_and_all_its_pictures_are_there(name: str, reports: dict[str, Path], tmp_path: Path):
    content = reports[name].read_text("utf-8")
    assert len(content.encode()) < LIMIT
    frames = "".join(FRAME.format(width=width, page=html.escape(content)) for width in WIDTHS)
    (tmp_path / "frames.html").write_text(f"<!doctype html><body>{frames}{SCRIPT}", "utf-8")
    text, console = shown(f"file://{tmp_path}/frames.html", tmp_path / "browser")
    assert not console
    found = json.loads(re.search(r"FOUND (.*?) END", text)[1])
    assert found["fetched"] == 0
    for frame in found["frames"]:
        assert frame["sticks_out"] == frame["missing"] == 0
        assert frame["images"] >= 1
        assert frame["text"] > 500


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_can_be_printed(language: str, reports: dict[str, Path], tmp_path: Path):
    run = reports["pets"].parent
    assert invoke("report", str(run), "--language", language, folder=run).returncode == 0
    pdf = tmp_path / "report.pdf"
    run_browser(f"file://{reports['pets']}", tmp_path / "browser", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 2

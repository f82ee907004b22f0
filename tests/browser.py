"""A real browser for tests: headless Chromium, where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
in_a_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium: apt-get install chromium")


def run_browser(address: str, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Headless Chromium at an address when no host can be found.

    Args:
        folder: for what it keeps.
        flags: beside those of every test.
    """
    common = [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr", "--log-level=0", f"--user-data-dir={folder}", "--virtual-time-budget=20000",
    ]  # fmt: skip
    command = [str(BROWSER), *common, *flags, address]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def shown(address: str, folder: Path) -> tuple[str, list[str]]:
    """A page as Chromium shows it, and its console but for the log of the site's theme."""
    done = run_browser(address, folder, "--dump-dom")
    return done.stdout, re.findall(r'.*:CONSOLE(?!.*"\[PST\]: ).*', done.stderr)
